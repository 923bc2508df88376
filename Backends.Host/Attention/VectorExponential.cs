using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Attention;

/// <summary>e to the x for the arguments of a softmax.</summary>
internal static class VectorExponential
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts; the first has few enough bits that its product with a whole number below 128 is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // e to this power is the smallest normal float.
    private const float Smallest = -87.336544f;

    /// <summary>
    /// Within 2 units in the last place for x from -87.3 to 0; below that 0 (so -infinity gives 0); NaN gives NaN. x must not exceed 88.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> NonPositive(Vector512<float> x)
    {
        Vector512<float> tooSmall = Vector512.LessThan(x, Vector512.Create(Smallest));
        x = Vector512.ConditionalSelect(tooSmall, Vector512.Create(Smallest), x);
        Vector512<float> whole = Vector512.Round(x * Vector512.Create(Log2E));
        Vector512<float> r = Vector512.MultiplyAddEstimate(whole, Vector512.Create(-Ln2High), x);
        r = Vector512.MultiplyAddEstimate(whole, Vector512.Create(-Ln2Low), r);

        // Taylor series to the 7th power; the next term is below 2^-27 for |r| <= ln 2 / 2.
        Vector512<float> sum = Vector512.Create(1f / 5040);
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(1f / 720));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(1f / 120));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(1f / 24));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(1f / 6));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(0.5f));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512<float>.One);
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512<float>.One);
        Vector512<float> power = ((Vector512.ConvertToInt32Native(whole) + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.ConditionalSelect(tooSmall, Vector512<float>.Zero, sum * power);
    }
}
