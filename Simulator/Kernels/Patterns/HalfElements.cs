using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>How wide elements are on a phone: floating point in half precision, integers as they are.</summary>
internal static class HalfElements
{
    /// <summary>Bytes of a texel: four halves.</summary>
    public const int TexelBytes = 8;

    /// <summary>
    /// Bytes as which a texel of halves passes the texture cache's pipe: it delivers so many texels per clock whatever their size, and its
    /// bytes per clock are told for texels of four floats, as benchmarks measure them.
    /// </summary>
    public const int TexelSlotBytes = 16;

    public static int Bytes(ElementType type) => type.IsFloat() ? 2 : type.SizeInBytes();
}
