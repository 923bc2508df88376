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

    /// <summary>The same with one of the eight replaced; no memory, so that all of them stay in registers.</summary>
    public static Float8 With(Float8 eight, int which, float value) => new()
    {
        Low = new Float4
        {
            X = which == 0 ? value : eight.Low.X,
            Y = which == 1 ? value : eight.Low.Y,
            Z = which == 2 ? value : eight.Low.Z,
            W = which == 3 ? value : eight.Low.W,
        },
        High = new Float4
        {
            X = which == 4 ? value : eight.High.X,
            Y = which == 5 ? value : eight.High.Y,
            Z = which == 6 ? value : eight.High.Z,
            W = which == 7 ? value : eight.High.W,
        },
    };
}
