using ILGPU;

namespace FlashMem.Backends.ILGPU.Operands;

/// <summary>Device side of 16-bit floats.</summary>
internal static class Halves
{
    /// <summary>The half in a word's low bits as a float.</summary>
    public static float Widen(uint word) => (float)Interop.IntAsFloat((ushort)(word & 0xFFFFu));
}
