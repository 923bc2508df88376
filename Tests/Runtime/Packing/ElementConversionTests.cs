using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Packing;
using Xunit;

namespace FlashMem.Tests.Runtime.Packing;

public class ElementConversionTests
{
    [Fact]
    public void Singles_round_to_the_nearest_half_ties_to_even()
    {
        // Every half, the tie above it and the singles on both sides of the tie.
        var values = new List<float>();
        for (int bits = 0; bits < 0x7c00; bits++)
        {
            float half = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            float next = bits == 0x7bff ? 65536 : (float)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            float tie = (half + next) / 2;
            values.AddRange([half, -half, tie, -tie, MathF.BitIncrement(tie), MathF.BitDecrement(tie), MathF.BitIncrement(half)]);
        }

        values.AddRange([float.Epsilon, -float.Epsilon, 1e-30f, -0f]);
        var halves = new Half[values.Count];

        ElementConversion.Convert(
            ElementType.Float32,
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)),
            ElementType.Float16,
            MemoryMarshal.AsBytes(halves.AsSpan()));

        Assert.Equal(values.Select(value => BitConverter.HalfToUInt16Bits(Nearest(value))), halves.Select(BitConverter.HalfToUInt16Bits));
    }

    [Theory]
    [InlineData(70000f, ElementType.Float16, true)]
    [InlineData(65519f, ElementType.Float16, false)]
    [InlineData(65520f, ElementType.Float16, true)]
    [InlineData(float.NaN, ElementType.Float16, true)]
    [InlineData(70000f, ElementType.Float32, false)]
    [InlineData(float.NegativeInfinity, ElementType.Float32, true)]
    [InlineData(float.NaN, ElementType.Float32, true)]
    public void One_unfit_value_anywhere_makes_the_run_suspect(float value, ElementType target, bool suspect)
    {
        for (int position = 0; position < 70; position++)
        {
            var values = new float[70];
            values[position] = value;
            var result = new byte[70 * target.SizeInBytes()];

            Assert.Equal(suspect, ElementConversion.Convert(ElementType.Float32, MemoryMarshal.AsBytes(values.AsSpan()), target, result));
        }
    }

    /// <summary>The nearest half by search, even on a tie; beyond the last tie infinity, as IEEE 754 has it.</summary>
    private static Half Nearest(float value)
    {
        double magnitude = Math.Abs((double)value);
        int low = 0;
        int high = 0x7c00;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Magnitude(middle) <= magnitude ? (middle, high) : (low, middle);
        }

        double below = magnitude - Magnitude(low);
        double above = Magnitude(high) - magnitude;
        int chosen = below < above || (below == above && low % 2 == 0) ? low : high;
        return BitConverter.UInt16BitsToHalf((ushort)(chosen | (float.IsNegative(value) ? 0x8000 : 0)));
    }

    private static double Magnitude(int bits) => bits == 0x7c00 ? 65536 : (double)BitConverter.UInt16BitsToHalf((ushort)bits);
}
