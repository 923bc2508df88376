using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FlashMem.Backends.Host.Simd;

/// <summary>The widest lane that this machine runs in hardware.</summary>
internal static class LaneWidth
{
    /// <summary>Floats in the widest lane there is, for buffers that hold one of any width.</summary>
    public const int MaxFloats = 16;

    /// <summary>Bits per register: 512, 256 or 128.</summary>
    public static int Bits { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
