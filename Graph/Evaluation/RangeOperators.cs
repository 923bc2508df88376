using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Operators that make tensors from scalars.</summary>
internal static class RangeOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Range", c => [Range(c)]);
        operators.Add("ConstantOfShape", c => [Fill(c)]);
    }

    /// <summary>Number of elements of a range; null when the step is 0 or a bound is not a finite number.</summary>
    public static long? Count(ConstantTensor start, ConstantTensor limit, ConstantTensor delta)
    {
        if (start.Type.IsFloat())
        {
            double step = delta.ToDouble()[0];
            double count = Math.Ceiling((limit.ToDouble()[0] - start.ToDouble()[0]) / step);
            return step == 0 || !double.IsFinite(count) || count >= long.MaxValue ? null : Math.Max(0, (long)count);
        }

        Int128 distance = (Int128)limit.ToInt64()[0] - start.ToInt64()[0];
        Int128 size = delta.ToInt64()[0];
        if (size == 0)
        {
            return null;
        }

        if (Int128.IsNegative(distance) != Int128.IsNegative(size))
        {
            return 0;
        }

        (distance, size) = (Int128.Abs(distance), Int128.Abs(size));
        return checked((long)((distance + size - 1) / size));
    }

    private static ConstantTensor Range(EvaluationContext c)
    {
        if (c.Type.IsFloat())
        {
            double start = c.Input(0).ToDouble()[0];
            double delta = c.Input(2).ToDouble()[0];
            var reals = new double[c.Shape.ElementCount];
            for (int i = 0; i < reals.Length; i++)
            {
                reals[i] = start + (i * delta);
            }

            return Conversion.FromDouble(c.Type, c.Shape, reals);
        }

        long first = c.Input(0).ToInt64()[0];
        long step = c.Input(2).ToInt64()[0];
        var integers = new long[c.Shape.ElementCount];
        for (int i = 0; i < integers.Length; i++)
        {
            integers[i] = unchecked(first + (i * step));
        }

        return Conversion.FromInt64(c.Type, c.Shape, integers);
    }

    private static ConstantTensor Fill(EvaluationContext c)
    {
        ConstantTensor value = c.Node.Tensor("value") ?? Constants.Of(0f);
        return Movement.Expand(value.Reshape(Shape.Scalar), c.Shape);
    }
}
