using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// The primitives that occur too rarely for a vectorised loop: one element at a time, Float32 registers as floats and Int32 registers
/// by their bits.
/// </summary>
internal static class ScalarOps
{
    public static float Float(ElementwiseOp op, float a, float b) => op switch
    {
        ElementwiseOp.Power => MathF.Pow(a, b),
        ElementwiseOp.Remainder => a % b,
        ElementwiseOp.FloorModulo => a - (MathF.Floor(a / b) * b),
        ElementwiseOp.Sign => float.IsNaN(a) ? a : MathF.Sign(a),
        ElementwiseOp.Logarithm => MathF.Log(a),
        ElementwiseOp.Sine => MathF.Sin(a),
        ElementwiseOp.Cosine => MathF.Cos(a),
        ElementwiseOp.Tangent => MathF.Tan(a),
        ElementwiseOp.ArcSine => MathF.Asin(a),
        ElementwiseOp.ArcCosine => MathF.Acos(a),
        ElementwiseOp.ArcTangent => MathF.Atan(a),
        ElementwiseOp.HyperbolicSine => MathF.Sinh(a),
        ElementwiseOp.HyperbolicCosine => MathF.Cosh(a),
        ElementwiseOp.ArcHyperbolicSine => MathF.Asinh(a),
        ElementwiseOp.ArcHyperbolicCosine => MathF.Acosh(a),
        ElementwiseOp.ArcHyperbolicTangent => MathF.Atanh(a),
        ElementwiseOp.Softplus => MathF.Max(a, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(a))),
        _ => throw Unknown(op, ElementType.Float32),
    };

    public static int Compare(ElementwiseOp op, float a, float b) => op switch
    {
        ElementwiseOp.Equal => a == b,
        ElementwiseOp.Less => a < b,
        ElementwiseOp.LessOrEqual => a <= b,
        ElementwiseOp.Greater => a > b,
        ElementwiseOp.GreaterOrEqual => a >= b,
        ElementwiseOp.IsNaN => float.IsNaN(a),
        _ => throw Unknown(op, ElementType.Float32),
    } ? 1 : 0;

    public static int Int(ElementwiseOp op, int a, int b) => op switch
    {
        ElementwiseOp.Add => unchecked(a + b),
        ElementwiseOp.Subtract => unchecked(a - b),
        ElementwiseOp.Multiply => unchecked(a * b),
        ElementwiseOp.Divide => b == 0 ? 0 : unchecked((int)((long)a / b)),
        ElementwiseOp.Remainder => b == 0 ? 0 : (int)((long)a % b),
        ElementwiseOp.FloorModulo => b == 0 ? 0 : (int)((((long)a % b) + b) % b),
        ElementwiseOp.Power => (int)Math.Pow(a, b),
        ElementwiseOp.Minimum => Math.Min(a, b),
        ElementwiseOp.Maximum => Math.Max(a, b),
        ElementwiseOp.Negate => unchecked(-a),
        ElementwiseOp.Absolute => a < 0 ? unchecked(-a) : a,
        ElementwiseOp.Sign => Math.Sign(a),
        ElementwiseOp.Relu => Math.Max(a, 0),
        ElementwiseOp.Floor or ElementwiseOp.Ceiling or ElementwiseOp.Round => a,
        ElementwiseOp.Equal => a == b ? 1 : 0,
        ElementwiseOp.Less => a < b ? 1 : 0,
        ElementwiseOp.LessOrEqual => a <= b ? 1 : 0,
        ElementwiseOp.Greater => a > b ? 1 : 0,
        ElementwiseOp.GreaterOrEqual => a >= b ? 1 : 0,
        ElementwiseOp.IsNaN => 0,
        ElementwiseOp.And => (a != 0 && b != 0) ? 1 : 0,
        ElementwiseOp.Or => (a != 0 || b != 0) ? 1 : 0,
        ElementwiseOp.Xor => (a != 0) != (b != 0) ? 1 : 0,
        ElementwiseOp.Not => a == 0 ? 1 : 0,
        _ => throw Unknown(op, ElementType.Int32),
    };

    /// <summary>Truncates toward zero; values outside Int32 saturate, NaN gives 0.</summary>
    public static int ToInt(float a) => float.IsNaN(a) ? 0 : a >= int.MaxValue ? int.MaxValue : a <= int.MinValue ? int.MinValue : (int)a;

    /// <summary>True for primitives that the interpreter knows in this type; checked when a program is compiled.</summary>
    public static bool IsKnown(ElementwiseOp op, ElementType type)
    {
        try
        {
            _ = type == ElementType.Int32 ? Int(op, 1, 1) : IsComparison(op) ? Compare(op, 1, 1) : (int)Float(op, 1, 1);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static bool IsComparison(ElementwiseOp op) => op is ElementwiseOp.Equal or ElementwiseOp.Less or ElementwiseOp.LessOrEqual
        or ElementwiseOp.Greater or ElementwiseOp.GreaterOrEqual or ElementwiseOp.IsNaN;

    private static InvalidOperationException Unknown(ElementwiseOp op, ElementType type) => new($"no primitive {op} on {type}");
}
