using FlashMem.Abstractions.Kernels;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>Device side of primitives whose sources are floats.</summary>
internal static class FloatOps
{
    /// <summary>The result's word: a float, or an integer for comparisons and conversions.</summary>
    public static uint Compute(ElementwiseOp op, float a, float b)
    {
        switch (op)
        {
            case ElementwiseOp.Equal: return a == b ? 1u : 0u;
            case ElementwiseOp.Less: return a < b ? 1u : 0u;
            case ElementwiseOp.LessOrEqual: return a <= b ? 1u : 0u;
            case ElementwiseOp.Greater: return a > b ? 1u : 0u;
            case ElementwiseOp.GreaterOrEqual: return a >= b ? 1u : 0u;
            case ElementwiseOp.IsNaN: return DeviceMath.IsNaN(a) ? 1u : 0u;
            case ElementwiseOp.ToInt: return (uint)(int)a;
            default: return Interop.FloatAsInt(Number(op, a, b));
        }
    }

    /// <summary>NaN when either is.</summary>
    public static float Minimum(float a, float b) => a < b || DeviceMath.IsNaN(a) ? a : b;

    /// <summary>NaN when either is.</summary>
    public static float Maximum(float a, float b) => a > b || DeviceMath.IsNaN(a) ? a : b;

    private static float Number(ElementwiseOp op, float a, float b)
    {
        switch (op)
        {
            case ElementwiseOp.Add: return a + b;
            case ElementwiseOp.Subtract: return a - b;
            case ElementwiseOp.Multiply: return a * b;
            case ElementwiseOp.Divide: return a / b;
            case ElementwiseOp.FloorModulo: return FloorModulo(a, b);
            case ElementwiseOp.Remainder: return DeviceMath.Remainder(a, b);
            case ElementwiseOp.Power: return DeviceMath.Power(a, b);
            case ElementwiseOp.Minimum: return Minimum(a, b);
            case ElementwiseOp.Maximum: return Maximum(a, b);
            case ElementwiseOp.Negate: return -a;
            case ElementwiseOp.Absolute: return DeviceMath.Absolute(a);
            case ElementwiseOp.Sign: return a > 0f ? 1f : a < 0f ? -1f : a;
            case ElementwiseOp.Reciprocal: return 1f / a;
            case ElementwiseOp.SquareRoot: return DeviceMath.Sqrt(a);
            case ElementwiseOp.Exponential: return DeviceMath.Exp(a);
            case ElementwiseOp.Logarithm: return DeviceMath.Log(a);
            case ElementwiseOp.ErrorFunction: return DeviceMath.Erf(a);
            case ElementwiseOp.Sine: return DeviceMath.Sin(a);
            case ElementwiseOp.Cosine: return DeviceMath.Cos(a);
            case ElementwiseOp.Tangent: return DeviceMath.Tan(a);
            case ElementwiseOp.ArcSine: return DeviceMath.Asin(a);
            case ElementwiseOp.ArcCosine: return DeviceMath.Acos(a);
            case ElementwiseOp.ArcTangent: return DeviceMath.Atan(a);
            case ElementwiseOp.HyperbolicSine: return DeviceMath.Sinh(a);
            case ElementwiseOp.HyperbolicCosine: return DeviceMath.Cosh(a);
            case ElementwiseOp.HyperbolicTangent: return DeviceMath.Tanh(a);
            case ElementwiseOp.ArcHyperbolicSine: return DeviceMath.Asinh(a);
            case ElementwiseOp.ArcHyperbolicCosine: return DeviceMath.Acosh(a);
            case ElementwiseOp.ArcHyperbolicTangent: return DeviceMath.Atanh(a);
            case ElementwiseOp.Floor: return DeviceMath.Floor(a);
            case ElementwiseOp.Ceiling: return DeviceMath.Ceiling(a);
            case ElementwiseOp.Round: return DeviceMath.Round(a);
            case ElementwiseOp.Relu: return a < 0f ? 0f : a;
            case ElementwiseOp.Sigmoid: return Sigmoid(a);
            case ElementwiseOp.Silu: return a * Sigmoid(a);
            case ElementwiseOp.Gelu: return 0.5f * a * (1f + DeviceMath.Erf(a * 0.70710678f));

            // 0.5 x (1 + tanh(u)) with u = sqrt(2 / pi) (x + 0.044715 x^3) is x * sigmoid(2 u).
            case ElementwiseOp.GeluTanh: return a * Sigmoid(a * ((a * a * 0.0713548162726f) + 1.5957691216f));
            case ElementwiseOp.Softplus: return (a < 0f ? 0f : a) + DeviceMath.LogOnePlus(DeviceMath.Exp(-DeviceMath.Absolute(a)));
            default: return a;
        }
    }

    private static float Sigmoid(float x) => 1f / (1f + DeviceMath.Exp(-x));

    // The sign of the divisor.
    private static float FloorModulo(float a, float b)
    {
        float remainder = DeviceMath.Remainder(a, b);
        return remainder != 0f && (remainder < 0f) != (b < 0f) ? remainder + b : remainder;
    }
}
