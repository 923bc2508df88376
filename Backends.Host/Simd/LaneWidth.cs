using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Simd;

/// <summary>The widest lane that this machine runs in hardware.</summary>
internal static class LaneWidth
{
    /// <summary>Bits per register: 512, 256 or 128.</summary>
    public static int Bits { get; } = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
