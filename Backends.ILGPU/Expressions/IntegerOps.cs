using FlashMem.Abstractions.Kernels;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>Device side of primitives whose sources are integers. Arithmetic wraps around; a division by 0 gives 0.</summary>
internal static class IntegerOps
{
    /// <summary>The result's word: an integer, or a float for the conversion.</summary>
    public static uint Compute(ElementwiseOp op, int a, int b)
    {
        switch (op)
        {
            case ElementwiseOp.Add: return (uint)(a + b);
            case ElementwiseOp.Subtract: return (uint)(a - b);
            case ElementwiseOp.Multiply: return (uint)(a * b);
            case ElementwiseOp.Divide: return (uint)Divide(a, b);
            case ElementwiseOp.FloorModulo: return (uint)FloorModulo(a, b);
            case ElementwiseOp.Remainder: return (uint)Remainder(a, b);
            case ElementwiseOp.Power: return (uint)Power(a, b);
            case ElementwiseOp.Minimum: return (uint)(a < b ? a : b);
            case ElementwiseOp.Maximum: return (uint)(a > b ? a : b);
            case ElementwiseOp.Negate: return (uint)-a;
            case ElementwiseOp.Absolute: return (uint)(a < 0 ? -a : a);
            case ElementwiseOp.Sign: return a > 0 ? 1u : a < 0 ? 0xFFFFFFFFu : 0u;
            case ElementwiseOp.Reciprocal: return (uint)Divide(1, a);
            case ElementwiseOp.Relu: return a < 0 ? 0u : (uint)a;
            case ElementwiseOp.Equal: return a == b ? 1u : 0u;
            case ElementwiseOp.Less: return a < b ? 1u : 0u;
            case ElementwiseOp.LessOrEqual: return a <= b ? 1u : 0u;
            case ElementwiseOp.Greater: return a > b ? 1u : 0u;
            case ElementwiseOp.GreaterOrEqual: return a >= b ? 1u : 0u;
            case ElementwiseOp.And: return a != 0 && b != 0 ? 1u : 0u;
            case ElementwiseOp.Or: return a != 0 || b != 0 ? 1u : 0u;
            case ElementwiseOp.Xor: return (a != 0) != (b != 0) ? 1u : 0u;
            case ElementwiseOp.Not: return a == 0 ? 1u : 0u;
            case ElementwiseOp.IsNaN: return 0u;
            case ElementwiseOp.ToFloat: return Interop.FloatAsInt((float)a);
            default: return (uint)a;
        }
    }

    // Processors trap on division by 0 and on the smallest integer by -1; both are taken out before the division.
    private static int SafeDivisor(int b) => b is 0 or -1 ? 1 : b;

    private static int Divide(int a, int b)
    {
        int quotient = a / SafeDivisor(b);
        return b == 0 ? 0 : b == -1 ? -a : quotient;
    }

    private static int Remainder(int a, int b) => a % SafeDivisor(b);

    private static int FloorModulo(int a, int b)
    {
        int remainder = Remainder(a, b);
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }

    // Saturates; a negative power of 0 is the largest integer, of others the quotient rounded toward zero.
    private static int Power(int a, int b)
    {
        if (b < 0)
        {
            return a == 0 ? int.MaxValue : a == 1 ? 1 : a == -1 ? ((b & 1) != 0 ? -1 : 1) : 0;
        }

        long result = 1;
        long factor = a;
        for (int bits = b; bits > 0; bits >>= 1)
        {
            result = (bits & 1) != 0 ? Saturate(result * factor) : result;
            factor = Saturate(factor * factor);
        }

        return (int)result;
    }

    private static long Saturate(long x) => x < int.MinValue ? int.MinValue : x > int.MaxValue ? int.MaxValue : x;
}
