using System.Numerics;
using System.Runtime.InteropServices;

namespace FlashMem.Runtime.Packing;

/// <summary>Finds infinities and NaNs by their exponent bits, a vector at a time.</summary>
internal static class SuspectValues
{
    private const ushort HalfExponent = 0x7c00;
    private const uint SingleExponent = 0x7f800000;

    public static bool AnyInHalves(ReadOnlySpan<ushort> bits) => Any(bits, HalfExponent);

    public static bool AnyInSingles(ReadOnlySpan<uint> bits) => Any(bits, SingleExponent);

    private static bool Any<T>(ReadOnlySpan<T> bits, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var mask = new Vector<T>(exponent);
        Vector<T> found = Vector<T>.Zero;
        ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(bits);
        foreach (Vector<T> vector in vectors)
        {
            found |= Vector.Equals(vector & mask, mask);
        }

        bool any = found != Vector<T>.Zero;
        foreach (T value in bits[(vectors.Length * Vector<T>.Count)..])
        {
            any |= (value & exponent) == exponent;
        }

        return any;
    }
}
