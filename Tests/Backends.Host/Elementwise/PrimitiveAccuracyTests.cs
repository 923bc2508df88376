using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Elementwise;

/// <summary>Every primitive over its useful range against double precision, and on the values that are no numbers.</summary>
public unsafe class PrimitiveAccuracyTests
{
    private const int Count = 20_001;

    [Theory]
    [InlineData(ElementwiseOp.Exponential, -80, 80, 0, 3e-7)]
    [InlineData(ElementwiseOp.Exponential, -104, -87, 2e-45, 0)]
    [InlineData(ElementwiseOp.ErrorFunction, -10, 10, 3e-7, 4e-7)]
    [InlineData(ElementwiseOp.ErrorFunction, -1e-3, 1e-3, 0, 3e-7)]
    [InlineData(ElementwiseOp.Gelu, -10, 10, 1e-6, 0)]
    [InlineData(ElementwiseOp.GeluTanh, -10, 10, 1e-6, 0)]
    [InlineData(ElementwiseOp.Sigmoid, -50, 50, 0, 5e-7)]
    [InlineData(ElementwiseOp.Silu, -50, 50, 0, 5e-7)]
    [InlineData(ElementwiseOp.HyperbolicTangent, -10, 10, 0, 5e-7)]
    [InlineData(ElementwiseOp.HyperbolicTangent, -1e-3, 1e-3, 0, 5e-7)]
    [InlineData(ElementwiseOp.Softplus, -10, 50, 0, 1e-6)]
    [InlineData(ElementwiseOp.Logarithm, 1e-6, 1e6, 1e-7, 3e-7)]
    [InlineData(ElementwiseOp.Sine, -100, 100, 3e-7, 0)]
    [InlineData(ElementwiseOp.Cosine, -100, 100, 3e-7, 0)]
    [InlineData(ElementwiseOp.Tangent, -1.5, 1.5, 0, 1e-6)]
    [InlineData(ElementwiseOp.ArcSine, -1, 1, 3e-7, 0)]
    [InlineData(ElementwiseOp.ArcCosine, -1, 1, 6e-7, 0)]
    [InlineData(ElementwiseOp.ArcTangent, -100, 100, 3e-7, 0)]
    [InlineData(ElementwiseOp.HyperbolicSine, -20, 20, 0, 5e-7)]
    [InlineData(ElementwiseOp.HyperbolicCosine, -20, 20, 0, 5e-7)]
    [InlineData(ElementwiseOp.ArcHyperbolicSine, -100, 100, 0, 5e-7)]
    [InlineData(ElementwiseOp.ArcHyperbolicCosine, 1.01, 100, 0, 5e-7)]
    [InlineData(ElementwiseOp.ArcHyperbolicTangent, -0.99, 0.99, 0, 5e-7)]
    [InlineData(ElementwiseOp.SquareRoot, 0, 100, 0, 1e-7)]
    [InlineData(ElementwiseOp.Reciprocal, 0.01, 100, 0, 1e-7)]
    [InlineData(ElementwiseOp.Floor, -9, 9, 0, 0)]
    [InlineData(ElementwiseOp.Ceiling, -9, 9, 0, 0)]
    [InlineData(ElementwiseOp.Round, -9, 9, 0, 0)]
    [InlineData(ElementwiseOp.Sign, -9, 9, 0, 0)]
    public void A_function_is_within_its_error(ElementwiseOp op, double from, double to, double absolute, double relative)
    {
        var program = new ElementwiseProgram(1, [new ElementwiseInstruction(op, ElementType.Float32, 0)]);
        float[] x = [.. Enumerable.Range(0, Count).Select(i => (float)(from + ((to - from) * i / (Count - 1))))];

        float[] y = ProgramHarness.Run(program, x);

        for (int i = 0; i < x.Length; i++)
        {
            double expected = ReferenceProgram.Evaluate(program, [x[i]]);
            double allowed = absolute + (relative * Math.Abs(expected));
            Assert.True(Math.Abs(y[i] - expected) <= allowed, $"{op}({x[i]:g9}) is {y[i]:g9}, expected {expected:g12} within {allowed:g3}");
        }
    }

    [Theory]
    [InlineData(ElementwiseOp.Exponential, 0, float.PositiveInfinity)]
    [InlineData(ElementwiseOp.ErrorFunction, -1, 1)]
    [InlineData(ElementwiseOp.HyperbolicTangent, -1, 1)]
    [InlineData(ElementwiseOp.Sigmoid, 0, 1)]
    [InlineData(ElementwiseOp.Relu, 0, float.PositiveInfinity)]
    [InlineData(ElementwiseOp.Absolute, float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(ElementwiseOp.Negate, float.PositiveInfinity, float.NegativeInfinity)]
    [InlineData(ElementwiseOp.Sign, -1, 1)]
    [InlineData(ElementwiseOp.Softplus, 0, float.PositiveInfinity)]
    [InlineData(ElementwiseOp.ArcTangent, -1.5707964f, 1.5707964f)]
    public void Infinities_give_limits_and_NaN_stays(ElementwiseOp op, float atMinus, float atPlus)
    {
        var program = new ElementwiseProgram(1, [new ElementwiseInstruction(op, ElementType.Float32, 0)]);

        float[] y = ProgramHarness.Run(program, [float.NegativeInfinity, float.PositiveInfinity, float.NaN]);

        Assert.Equal([atMinus, atPlus, float.NaN], y);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(0.5)]
    [InlineData(-1)]
    [InlineData(1.7)]
    [InlineData(0)]
    public void A_power_by_a_constant_is_the_power(double exponent)
    {
        var program = new ElementwiseProgram(
            1,
            [
                new ElementwiseInstruction(ElementwiseOp.Constant, ElementType.Float32, Immediate: exponent),
                new ElementwiseInstruction(ElementwiseOp.Power, ElementType.Float32, 0, 1),
            ]);
        float[] x = [.. Enumerable.Range(1, 500).Select(i => i / 50f)];

        float[] y = ProgramHarness.Run(program, x);

        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(Math.Pow(x[i], (float)exponent), y[i], 4e-7 * Math.Pow(x[i], exponent));
        }
    }

    [Fact]
    public void Truncation_saturates_and_takes_NaN_as_zero()
    {
        var program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.ToInt, ElementType.Float32, 0)]);

        float[] y = ProgramHarness.Run(program, [1.9f, -1.9f, 3e9f, -3e9f, float.NaN, 0.5f]);

        Assert.Equal([1, -1, int.MaxValue, int.MinValue, 0, 0], y.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(ElementwiseOp.FloorModulo, -7, 3, 2)]
    [InlineData(ElementwiseOp.FloorModulo, 7, -3, -2)]
    [InlineData(ElementwiseOp.FloorModulo, 7, 0, 0)]
    [InlineData(ElementwiseOp.Remainder, -7, 3, -1)]
    [InlineData(ElementwiseOp.Remainder, 7, -3, 1)]
    [InlineData(ElementwiseOp.Divide, -7, 2, -3)]
    [InlineData(ElementwiseOp.Divide, 7, 0, 0)]
    [InlineData(ElementwiseOp.Divide, int.MinValue, -1, int.MinValue)]
    [InlineData(ElementwiseOp.Power, 3, 4, 81)]
    [InlineData(ElementwiseOp.Multiply, 65536, 65536, 0)]
    public void Integer_arithmetic_is_exact(ElementwiseOp op, int a, int b, int expected)
    {
        var program = new ElementwiseProgram(2, [new ElementwiseInstruction(op, ElementType.Int32, 0, 1)]);

        float[] y = ProgramHarness.Run(program, [BitConverter.Int32BitsToSingle(a)], [BitConverter.Int32BitsToSingle(b)]);

        Assert.Equal(expected, BitConverter.SingleToInt32Bits(y[0]));
    }

    [Fact]
    public void An_unknown_primitive_is_refused_by_name()
    {
        var program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Int32, 0)]);

        Assert.Contains("Gelu", Assert.Throws<DeviceException>(() => new ElementwiseRunner(program)).Message);
    }
}
