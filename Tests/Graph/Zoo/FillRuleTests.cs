using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Zoo;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Zoo;

public class FillRuleTests
{
    /// <summary>Values computed from the rule's text by an independent program.</summary>
    [Theory]
    [InlineData("conv1.weight", new long[] { 64, 3, 7, 7 }, 0L, 0x3C530092u)]
    [InlineData("conv1.weight", new long[] { 64, 3, 7, 7 }, 9407L, 0xBD54E81Bu)]
    [InlineData("val_39", new long[] { 144, 432 }, 12345L, 0xBD94122Du)]
    [InlineData("fc.bias", new long[] { 1000 }, 7L, 0xBBE6B55Cu)]
    [InlineData("norm.weight", new long[] { 320, 1, 1 }, 319L, 0x3F7B55DAu)]
    [InlineData("wte.weight", new long[] { 50257, 2560 }, 128657919L, 0xBB8E6C63u)]
    public void Elements_have_known_bits(string name, long[] dims, long index, uint bits)
    {
        var rule = new FillRule(name, ElementType.Float32, new Shape(dims));
        Assert.Equal(bits, BitConverter.SingleToUInt32Bits(rule.Element(index)));
    }

    [Property]
    public void Vector_code_makes_the_scalar_rules_bits(string name, int first, byte count, bool vector)
    {
        Shape shape = vector ? new Shape(1 << 20) : new Shape(64, 32, 3);
        var rule = new FillRule(name ?? "", ElementType.Float32, shape);
        long start = Math.Abs((long)first);
        var values = new float[count];
        rule.Fill(start, MemoryMarshal.AsBytes(values.AsSpan()));
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(BitConverter.SingleToUInt32Bits(rule.Element(start + i)), BitConverter.SingleToUInt32Bits(values[i]));
        }
    }

    [Fact]
    public void Masks_are_lower_triangles()
    {
        var mask = new byte[2 * 9];
        new FillRule("mask", ElementType.Bool, new Shape(2, 3, 3)).Fill(0, mask);
        Assert.Equal([1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1], mask);
    }
}
