using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Arithmetic on two or more broadcast operands.</summary>
internal static class BinaryOperators
{
    private enum Arithmetic
    {
        Add,
        Subtract,
        Multiply,
        Divide,
        Max,
        Min,
        Modulo,
        Remainder,
    }

    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Add", c => [Fold(c, Arithmetic.Add)]);
        operators.Add("Sub", c => [Fold(c, Arithmetic.Subtract)]);
        operators.Add("Mul", c => [Fold(c, Arithmetic.Multiply)]);
        operators.Add("Div", c => [Fold(c, Arithmetic.Divide)]);
        operators.Add("Max", c => [Fold(c, Arithmetic.Max)]);
        operators.Add("Min", c => [Fold(c, Arithmetic.Min)]);
        operators.Add("Sum", c => [Fold(c, Arithmetic.Add)]);
        operators.Add("Mean", c => [Mean(c)]);
        operators.Add("Mod", c => [Fold(c, c.Node.Attribute("fmod", 0) != 0 ? Arithmetic.Remainder : Arithmetic.Modulo)]);
        operators.Add("Clip", c => [Clip(c)]);
        operators.Add("Pow", c => [Power(c)]);
        operators.Add("PRelu", c => [PRelu(c)]);
    }

    private static ConstantTensor Fold(EvaluationContext c, Arithmetic operation)
    {
        ConstantTensor result = Operand(c, 0);
        for (int i = 1; i < c.InputCount; i++)
        {
            result = Apply(result, Operand(c, i), operation);
        }

        return Conversion.To(result, c.Type);
    }

    /// <summary>An input in its compute type, repeated to the output's shape.</summary>
    private static ConstantTensor Operand(EvaluationContext c, int input) =>
        Movement.Expand(Conversion.To(c.Input(input), NumberTypes.ComputeType(c.Type)), c.Shape);

    private static ConstantTensor Apply(ConstantTensor left, ConstantTensor right, Arithmetic operation)
    {
        byte[] result = Constants.Allocate(left.Type, left.Shape);
        var work = new ArithmeticWork(operation, left.Bytes.AsSpan(), right.Bytes.AsSpan(), result);
        NumberTypes.Dispatch(left.Type, ref work);
        return Constants.Own(left.Type, left.Shape, result);
    }

    private static ConstantTensor Mean(EvaluationContext c)
    {
        ConstantTensor sum = Fold(c, Arithmetic.Add);
        double[] values = Conversion.ToDouble(sum);
        TensorPrimitives.Divide(values, c.InputCount, values);
        return Conversion.FromDouble(c.Type, c.Shape, values);
    }

    private static ConstantTensor Clip(EvaluationContext c)
    {
        // Bounds are attributes before opset 11.
        ConstantTensor result = Operand(c, 0);
        ConstantTensor? low = c.Shapes.Opset < 11 ? Bound(c, "min") : c.Has(1) ? Scalar(c, 1) : null;
        ConstantTensor? high = c.Shapes.Opset < 11 ? Bound(c, "max") : c.Has(2) ? Scalar(c, 2) : null;
        result = low is null ? result : Apply(result, Movement.Expand(low, c.Shape), Arithmetic.Max);
        result = high is null ? result : Apply(result, Movement.Expand(high, c.Shape), Arithmetic.Min);
        return Conversion.To(result, c.Type);
    }

    private static ConstantTensor? Bound(EvaluationContext c, string name) =>
        c.Node.Attributes.ContainsKey(name)
            ? Conversion.To(Constants.Of(c.Node.Attribute(name, 0f)), NumberTypes.ComputeType(c.Type))
            : null;

    private static ConstantTensor Scalar(EvaluationContext c, int input) =>
        Conversion.To(c.Input(input), NumberTypes.ComputeType(c.Type)).Reshape(Shape.Scalar);

    private static ConstantTensor Power(EvaluationContext c)
    {
        ConstantTensor bases = Movement.Expand(c.Input(0), c.Shape);
        ConstantTensor exponents = Movement.Expand(c.Input(1), c.Shape);
        if (!c.Type.IsFloat() && !exponents.Type.IsFloat())
        {
            long[] values = Conversion.ToInt64(bases);
            long[] powers = Conversion.ToInt64(exponents);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = Power(values[i], powers[i]);
            }

            return Conversion.FromInt64(c.Type, c.Shape, values);
        }

        double[] reals = Conversion.ToDouble(bases);
        TensorPrimitives.Pow(reals, Conversion.ToDouble(exponents), reals);
        return Conversion.FromDouble(c.Type, c.Shape, reals);
    }

    // Wraps modulo 2^64, as integer arithmetic does. A negative power of an integer truncates towards zero.
    private static long Power(long value, long power)
    {
        if (power < 0)
        {
            return value == 1 ? 1 : value == -1 ? ((power & 1) == 0 ? 1 : -1) : value == 0 ? throw new DivideByZeroException() : 0;
        }

        long result = 1;
        for (; power > 0; power >>= 1)
        {
            result = (power & 1) != 0 ? unchecked(result * value) : result;
            value = unchecked(value * value);
        }

        return result;
    }

    private static ConstantTensor PRelu(EvaluationContext c)
    {
        double[] values = Conversion.ToDouble(c.Input(0));
        double[] slopes = Conversion.ToDouble(Movement.Expand(c.Input(1), c.Shape));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i] < 0 ? slopes[i] * values[i] : values[i];
        }

        return Conversion.FromDouble(c.Type, c.Shape, values);
    }

    private readonly ref struct ArithmeticWork(
        Arithmetic operation, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target) : INumberWork
    {
        private readonly ReadOnlySpan<byte> left = left;
        private readonly ReadOnlySpan<byte> right = right;
        private readonly Span<byte> target = target;

        public void Run<T>()
            where T : unmanaged, INumber<T>, IMinMaxValue<T>
        {
            ReadOnlySpan<T> a = MemoryMarshal.Cast<byte, T>(left);
            ReadOnlySpan<T> b = MemoryMarshal.Cast<byte, T>(right);
            Span<T> result = MemoryMarshal.Cast<byte, T>(target);
            switch (operation)
            {
                case Arithmetic.Add:
                    TensorPrimitives.Add(a, b, result);
                    break;
                case Arithmetic.Subtract:
                    TensorPrimitives.Subtract(a, b, result);
                    break;
                case Arithmetic.Multiply:
                    TensorPrimitives.Multiply(a, b, result);
                    break;
                case Arithmetic.Divide:
                    TensorPrimitives.Divide(a, b, result);
                    break;
                case Arithmetic.Max:
                    TensorPrimitives.Max(a, b, result);
                    break;
                case Arithmetic.Min:
                    TensorPrimitives.Min(a, b, result);
                    break;
                default:
                    for (int i = 0; i < result.Length; i++)
                    {
                        T remainder = a[i] % b[i];
                        bool turn = operation == Arithmetic.Modulo
                            && remainder != T.Zero && T.IsNegative(remainder) != T.IsNegative(b[i]);
                        result[i] = turn ? remainder + b[i] : remainder;
                    }

                    break;
            }
        }
    }
}
