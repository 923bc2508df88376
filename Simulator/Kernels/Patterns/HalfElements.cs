using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>How wide elements are on a phone: floating point in half precision, integers as they are.</summary>
internal static class HalfElements
{
    /// <summary>Bytes of a texel: four halves.</summary>
    public const int TexelBytes = 8;

    public static int Bytes(ElementType type) => type.IsFloat() ? 2 : type.SizeInBytes();
}
