using System.Runtime.InteropServices;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Four floats that a kernel loads or stores at once.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Float4
{
    public float X;
    public float Y;
    public float Z;
    public float W;

    public static Float4 Of(Words4 words) => new()
    {
        X = Interop.IntAsFloat(words.X),
        Y = Interop.IntAsFloat(words.Y),
        Z = Interop.IntAsFloat(words.Z),
        W = Interop.IntAsFloat(words.W),
    };

    /// <summary>The four halves of two words, low halves first.</summary>
    public static Float4 OfHalves(uint first, uint second) => new()
    {
        X = Halves.Widen(first),
        Y = Halves.Widen(first >> 16),
        Z = Halves.Widen(second),
        W = Halves.Widen(second >> 16),
    };
}

/// <summary>Eight floats in registers on their way to shared memory.</summary>
internal struct Float8
{
    public const int Count = 8;

    public Float4 Low;
    public Float4 High;

    public static Float8 From(ArrayView<float> eight) => new()
    {
        Low = new Float4 { X = eight[0], Y = eight[1], Z = eight[2], W = eight[3] },
        High = new Float4 { X = eight[4], Y = eight[5], Z = eight[6], W = eight[7] },
    };
}
