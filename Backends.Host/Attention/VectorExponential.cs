using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FlashMem.Backends.Host.Attention;

/// <summary>e to the x for the arguments of a softmax.</summary>
internal static class VectorExponential
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts; the first has few enough bits that its product with a whole number below 256 is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // e to this power is 0 in single precision, and its binary exponent is still a small number.
    private const float Underflow = -110f;

    // e to this power is the smallest normal float.
    private const float Smallest = -87.336544f;

    /// <summary>
    /// Within 2 units in the last place for x from -87.3 to 0; below that at most the smallest normal float, and 0 from -104 on (so
    /// -infinity gives 0); NaN gives NaN. x must not exceed 88.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> NonPositive(Vector512<float> x)
    {
        Vector512<float> limited = Vector512.Max(x, Vector512.Create(Avx512F.IsSupported ? Underflow : Smallest));
        Vector512<float> whole = Vector512.Round(limited * Vector512.Create(Log2E));
        Vector512<float> r = Vector512.MultiplyAddEstimate(whole, Vector512.Create(-Ln2High), limited);
        r = Vector512.MultiplyAddEstimate(whole, Vector512.Create(-Ln2Low), r);

        // The polynomial of degree 5 with the least relative error (7.6e-8) for |r| <= ln 2 / 2, found by Remez exchange.
        Vector512<float> sum = Vector512.Create(0.00829761941f);
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(0.0419156291f));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(0.166675761f));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(0.499988914f));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(0.999999702f));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(1.00000012f));
        if (Avx512F.IsSupported)
        {
            return Avx512F.Scale(sum, whole);
        }

        Vector512<float> power = ((Vector512.ConvertToInt32Native(whole) + Vector512.Create(127)) << 23).AsSingle();
        Vector512<float> tooSmall = Vector512.LessThan(x, Vector512.Create(Smallest));
        return Vector512.ConditionalSelect(tooSmall, Vector512<float>.Zero, sum * power);
    }
}
