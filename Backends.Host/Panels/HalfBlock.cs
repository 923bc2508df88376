using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Converts stored half-precision panel blocks to single precision.</summary>
internal static unsafe class HalfBlock
{
    /// <summary>2 to the power 112: the difference of the exponent biases.</summary>
    private const float Rebias = 5.192296858534828e33f;

    /// <summary>
    /// Exact for every finite half, subnormal ones included. Infinities and NaN do not survive: the packer refuses weights that hold
    /// them, since one would spoil every output it reaches.
    /// </summary>
    /// <param name="source">Half-precision bits.</param>
    /// <param name="target">As many floats.</param>
    /// <param name="count">A multiple of 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ushort* source, float* target, int count)
    {
        if (Avx512F.IsSupported)
        {
            for (int i = 0; i < count; i += 32)
            {
                Widen(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source + i))).Store(target + i);
                Widen(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source + i + 16))).Store(target + i + 16);
            }
        }
        else if (Avx2.IsSupported)
        {
            for (int i = 0; i < count; i += 8)
            {
                Widen(Avx2.ConvertToVector256Int32(Vector128.Load((short*)source + i))).Store(target + i);
            }
        }
        else
        {
            for (int i = 0; i < count; i += 8)
            {
                Vector128<short> halves = Vector128.Load((short*)source + i);
                Widen(Vector128.WidenLower(halves)).Store(target + i);
                Widen(Vector128.WidenUpper(halves)).Store(target + i + 4);
            }
        }
    }

    // A sign-extended half shifted by 13 has its fraction and exponent where a float has them and its sign in the top bit; the copies of
    // the sign in between are masked off. Multiplying by 2^112 turns the exponent's bias from 15 into 127 and normalises subnormals.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector512<int> half) =>
        ((half << 13) & Vector512.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector512.Create(Rebias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector256<int> half) =>
        ((half << 13) & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector256.Create(Rebias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widen(Vector128<int> half) =>
        ((half << 13) & Vector128.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector128.Create(Rebias);
}
