using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>Fused expressions in double precision, straight from the definitions of <see cref="ElementwiseOp"/>.</summary>
internal static class ReferenceProgram
{
    /// <summary>The result for one element; <paramref name="operands"/> in operand order.</summary>
    public static double Evaluate(ElementwiseProgram program, ReadOnlySpan<double> operands)
    {
        var registers = new double[program.RegisterCount];
        operands.CopyTo(registers);
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction step = program.Instructions[i];
            double result = Compute(step, Register(step.A), Register(step.B), Register(step.C));
            registers[program.OperandCount + i] = step.ResultType == ElementType.Int32 ? unchecked((int)(long)result) : result;

            double Register(int number) => number < 0 ? 0 : registers[number];
        }

        return registers[^1];
    }

    /// <summary>The error function by its series and continued fraction, to about 1e-15.</summary>
    public static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        if (double.IsNaN(x) || magnitude > 6)
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        if (magnitude < 2.5)
        {
            double term = x;
            double sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return sum * 2 / Math.Sqrt(Math.PI);
        }

        double fraction = magnitude;
        for (int n = 60; n > 0; n--)
        {
            fraction = magnitude + (n / 2.0 / fraction);
        }

        return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (fraction * Math.Sqrt(Math.PI))));
    }

    private static double Compute(ElementwiseInstruction step, double a, double b, double c)
    {
        bool integer = step.Type == ElementType.Int32;
        return step.Op switch
        {
            ElementwiseOp.Constant => integer ? step.Immediate : (float)step.Immediate,
            ElementwiseOp.Add => a + b,
            ElementwiseOp.Subtract => a - b,
            ElementwiseOp.Multiply => integer ? (long)a * (long)b : a * b,
            ElementwiseOp.Divide => integer ? Math.Truncate(a / b) : a / b,
            ElementwiseOp.FloorModulo => b == 0 ? 0 : a - (Math.Floor(a / b) * b),
            ElementwiseOp.Remainder => integer && b == 0 ? 0 : a % b,
            ElementwiseOp.Power => integer ? Math.Round(Math.Pow(a, b)) : Math.Pow(a, b),
            ElementwiseOp.Minimum => Math.Min(a, b),
            ElementwiseOp.Maximum => Math.Max(a, b),
            ElementwiseOp.Negate => -a,
            ElementwiseOp.Absolute => Math.Abs(a),
            ElementwiseOp.Sign => double.IsNaN(a) ? a : Math.Sign(a),
            ElementwiseOp.Reciprocal => 1 / a,
            ElementwiseOp.SquareRoot => Math.Sqrt(a),
            ElementwiseOp.Exponential => Math.Exp(a),
            ElementwiseOp.Logarithm => Math.Log(a),
            ElementwiseOp.ErrorFunction => Erf(a),
            ElementwiseOp.Sine => Math.Sin(a),
            ElementwiseOp.Cosine => Math.Cos(a),
            ElementwiseOp.Tangent => Math.Tan(a),
            ElementwiseOp.ArcSine => Math.Asin(a),
            ElementwiseOp.ArcCosine => Math.Acos(a),
            ElementwiseOp.ArcTangent => Math.Atan(a),
            ElementwiseOp.HyperbolicSine => Math.Sinh(a),
            ElementwiseOp.HyperbolicCosine => Math.Cosh(a),
            ElementwiseOp.HyperbolicTangent => Math.Tanh(a),
            ElementwiseOp.ArcHyperbolicSine => Math.Asinh(a),
            ElementwiseOp.ArcHyperbolicCosine => Math.Acosh(a),
            ElementwiseOp.ArcHyperbolicTangent => Math.Atanh(a),
            ElementwiseOp.Floor => Math.Floor(a),
            ElementwiseOp.Ceiling => Math.Ceiling(a),
            ElementwiseOp.Round => Math.Round(a, MidpointRounding.ToEven),
            ElementwiseOp.Relu => double.IsNaN(a) ? a : Math.Max(a, 0),
            ElementwiseOp.Sigmoid => 1 / (1 + Math.Exp(-a)),
            ElementwiseOp.Silu => a / (1 + Math.Exp(-a)),
            ElementwiseOp.Gelu => 0.5 * a * (1 + Erf(a / Math.Sqrt(2))),
            ElementwiseOp.GeluTanh => 0.5 * a * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (a + (0.044715 * a * a * a)))),
            ElementwiseOp.Softplus => Math.Max(a, 0) + Math.Log(1 + Math.Exp(-Math.Abs(a))),
            ElementwiseOp.Equal => a == b ? 1 : 0,
            ElementwiseOp.Less => a < b ? 1 : 0,
            ElementwiseOp.LessOrEqual => a <= b ? 1 : 0,
            ElementwiseOp.Greater => a > b ? 1 : 0,
            ElementwiseOp.GreaterOrEqual => a >= b ? 1 : 0,
            ElementwiseOp.IsNaN => double.IsNaN(a) ? 1 : 0,
            ElementwiseOp.And => a != 0 && b != 0 ? 1 : 0,
            ElementwiseOp.Or => a != 0 || b != 0 ? 1 : 0,
            ElementwiseOp.Xor => a != 0 ^ b != 0 ? 1 : 0,
            ElementwiseOp.Not => a == 0 ? 1 : 0,
            ElementwiseOp.Select => c != 0 ? a : b,
            ElementwiseOp.ToFloat => (float)a,
            ElementwiseOp.ToInt => Math.Truncate(a),
            _ => throw new ArgumentOutOfRangeException(nameof(step), step.Op, null),
        };
    }
}
