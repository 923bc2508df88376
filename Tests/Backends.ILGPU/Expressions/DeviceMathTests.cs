using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Expressions;

/// <summary>The kernels' own functions against double precision over their ranges, and their special values.</summary>
public sealed class DeviceMathTests
{
    private const double Tolerance = 4e-6;

    private static readonly Dictionary<string, (Func<float, float> Own, Func<double, double> Exact, double Least, double Most)> Functions = new()
    {
        ["exp"] = (DeviceMath.Exp, Math.Exp, -87, 88),
        ["log"] = (DeviceMath.Log, Math.Log, 1e-30, 1e30),
        ["erf"] = (DeviceMath.Erf, ReferenceProgram.Erf, -6, 6),
        ["tanh"] = (DeviceMath.Tanh, Math.Tanh, -12, 12),
        ["sin"] = (DeviceMath.Sin, Math.Sin, -3000, 3000),
        ["cos"] = (DeviceMath.Cos, Math.Cos, -3000, 3000),
        ["atan"] = (DeviceMath.Atan, Math.Atan, -50, 50),
        ["asin"] = (DeviceMath.Asin, Math.Asin, -1, 1),
        ["acos"] = (DeviceMath.Acos, Math.Acos, -1, 1),
        ["sinh"] = (DeviceMath.Sinh, Math.Sinh, -80, 80),
        ["cosh"] = (DeviceMath.Cosh, Math.Cosh, -80, 80),
        ["asinh"] = (DeviceMath.Asinh, Math.Asinh, -1e12, 1e12),
        ["acosh"] = (DeviceMath.Acosh, Math.Acosh, 1, 1e12),
        ["atanh"] = (DeviceMath.Atanh, Math.Atanh, -0.99, 0.99),
        ["log1p"] = (DeviceMath.LogOnePlus, x => Math.Log(1 + x), -0.9, 1e6),
        ["floor"] = (DeviceMath.Floor, Math.Floor, -1e9, 1e9),
        ["ceiling"] = (DeviceMath.Ceiling, Math.Ceiling, -1e9, 1e9),
        ["round"] = (DeviceMath.Round, x => Math.Round(x, MidpointRounding.ToEven), -1e9, 1e9),
        ["cube"] = (x => DeviceMath.Power(x, 3), x => x * x * x, -50, 50),
        ["power 1.7"] = (x => DeviceMath.Power(x, 1.7f), x => Math.Pow(x, 1.7f), 1e-3, 50),
        ["remainder"] = (x => DeviceMath.Remainder(x, 0.7f), x => x % 0.7f, -1e5, 1e5),
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_function_is_exact_to_a_few_units_in_the_last_place(string name)
    {
        (Func<float, float> own, Func<double, double> exact, double least, double most) = Functions[name];
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            // Half of the numbers are spread evenly, half over all magnitudes.
            double at = least + (random.NextDouble() * (most - least));
            float x = (float)(i % 2 == 0 ? at : Math.Clamp(at * Math.Pow(10, -random.NextDouble() * 6), least, most));
            double expected = exact(x);
            double allowed = Tolerance * Math.Max(Math.Abs(expected), name == "exp" ? 0 : Math.Min(1, Math.Abs(most)));
            Assert.True(Math.Abs(own(x) - expected) <= allowed, $"{name}({x:g9}) is {own(x):g9}, exactly {expected:g9}");
        }
    }

    [Fact]
    public void Special_values_are_kept()
    {
        Assert.Equal(0f, DeviceMath.Exp(float.NegativeInfinity));
        Assert.Equal(float.PositiveInfinity, DeviceMath.Exp(float.PositiveInfinity));
        Assert.Equal(float.NegativeInfinity, DeviceMath.Log(0f));
        Assert.Equal(float.PositiveInfinity, DeviceMath.Log(float.PositiveInfinity));
        Assert.True(float.IsNaN(DeviceMath.Log(-1f)));
        Assert.All(
            [DeviceMath.Exp(float.NaN), DeviceMath.Log(float.NaN), FloatOps.Maximum(1f, float.NaN), FloatOps.Minimum(float.NaN, 1f)],
            value => Assert.True(float.IsNaN(value)));
        Assert.Equal(2f, DeviceMath.Round(2.5f));
        Assert.Equal(-4f, DeviceMath.Round(-3.5f));
        Assert.True(float.IsNaN(DeviceMath.Remainder(1f, 0f)));
        Assert.True(float.IsNaN(DeviceMath.Power(-2f, 0.3f)));
        Assert.Equal(-0.125f, DeviceMath.Power(-2f, -3f));
    }
}
