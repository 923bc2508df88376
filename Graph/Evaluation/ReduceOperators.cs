using System.Numerics.Tensors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Reductions: the reduced axes are moved innermost and every row is reduced in double precision, or in 64-bit integers.</summary>
internal static class ReduceOperators
{
    private delegate double RealReduction(ReadOnlySpan<double> row);

    private delegate long IntegerReduction(ReadOnlySpan<long> row);

    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        AddReduction(operators, "ReduceSum", row => TensorPrimitives.Sum(row), row => TensorPrimitives.Sum(row));
        AddReduction(operators, "ReduceMean", row => TensorPrimitives.Sum(row) / row.Length, row => TensorPrimitives.Sum(row) / row.Length);
        AddReduction(operators, "ReduceProd", row => Product(row), row => Product(row));
        AddReduction(
            operators,
            "ReduceMax",
            row => row.IsEmpty ? double.NegativeInfinity : TensorPrimitives.Max(row),
            row => row.IsEmpty ? long.MinValue : TensorPrimitives.Max(row));
        AddReduction(
            operators,
            "ReduceMin",
            row => row.IsEmpty ? double.PositiveInfinity : TensorPrimitives.Min(row),
            row => row.IsEmpty ? long.MaxValue : TensorPrimitives.Min(row));
        AddReduction(operators, "ReduceL1", row => TensorPrimitives.SumOfMagnitudes(row), row => TensorPrimitives.SumOfMagnitudes(row));
        AddReduction(
            operators,
            "ReduceL2",
            row => Math.Sqrt(TensorPrimitives.SumOfSquares(row)),
            row => (long)Math.Sqrt(TensorPrimitives.SumOfSquares(row)));
        AddReduction(
            operators, "ReduceSumSquare", row => TensorPrimitives.SumOfSquares(row), row => TensorPrimitives.SumOfSquares(row));
        AddReduction(
            operators, "ReduceLogSum", row => Math.Log(TensorPrimitives.Sum(row)), row => (long)Math.Log(TensorPrimitives.Sum(row)));
        AddReduction(operators, "ReduceLogSumExp", LogSumExp, row => (long)LogSumExp([.. row.ToArray().Select(value => (double)value)]));
        operators.Add("ArgMax", c => [ArgExtreme(c, (candidate, best) => candidate > best)]);
        operators.Add("ArgMin", c => [ArgExtreme(c, (candidate, best) => candidate < best)]);
    }

    private static void AddReduction(
        Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators,
        string name,
        RealReduction real,
        IntegerReduction integer) => operators.Add(name, c => [Reduce(c, real, integer)]);

    private static ConstantTensor Reduce(EvaluationContext c, RealReduction real, IntegerReduction integer)
    {
        int[] axes = ReduceShapes.Axes(c.Shapes);
        if (axes.Length == 0 && c.Input(0).Shape.Rank > 0 && c.Node.Attribute("noop_with_empty_axes", 0) != 0)
        {
            return c.Input(0);
        }

        (ConstantTensor rows, int length) = Rows(c, axes);
        int count = (int)c.Shape.ElementCount;
        if (c.Type.IsFloat() || c.Type == ElementType.UInt64)
        {
            double[] values = Conversion.ToDouble(rows);
            var reals = new double[count];
            for (int i = 0; i < count; i++)
            {
                reals[i] = real(values.AsSpan(i * length, length));
            }

            return Conversion.FromDouble(c.Type, c.Shape, reals);
        }

        long[] integers = Conversion.ToInt64(rows);
        var results = new long[count];
        for (int i = 0; i < count; i++)
        {
            results[i] = integer(integers.AsSpan(i * length, length));
        }

        return Conversion.FromInt64(c.Type, c.Shape, results);
    }

    // Kept axes outside, reduced axes inside.
    private static (ConstantTensor Rows, int Length) Rows(EvaluationContext c, int[] axes)
    {
        ConstantTensor input = c.Input(0);
        int[] permutation = [.. Enumerable.Range(0, input.Shape.Rank).Where(axis => !axes.Contains(axis)), .. axes.Order()];
        var reduced = new Shape([.. axes.Select(axis => input.Shape[axis])]);
        return (Movement.Transpose(input, permutation), checked((int)reduced.ElementCount));
    }

    private static ConstantTensor ArgExtreme(EvaluationContext c, Func<double, double, bool> better)
    {
        int axis = c.Shapes.Axis(c.Node.Attribute("axis", 0), c.Input(0).Shape.Rank);
        bool last = c.Node.Attribute("select_last_index", 0) != 0;
        (ConstantTensor rows, int length) = Rows(c, [axis]);
        double[] values = Conversion.ToDouble(rows);
        var results = new long[c.Shape.ElementCount];
        if (length == 0 && results.Length > 0)
        {
            throw c.Error("has no elements to choose from");
        }

        for (int i = 0; i < results.Length; i++)
        {
            ReadOnlySpan<double> row = values.AsSpan(i * length, length);
            int best = 0;
            for (int j = 1; j < length; j++)
            {
                if (better(row[j], row[best]) || (last && row[j] == row[best]))
                {
                    best = j;
                }
            }

            results[i] = best;
        }

        return Conversion.FromInt64(ElementType.Int64, c.Shape, results);
    }

    private static double Product(ReadOnlySpan<double> row)
    {
        double product = 1;
        foreach (double value in row)
        {
            product *= value;
        }

        return product;
    }

    private static long Product(ReadOnlySpan<long> row)
    {
        long product = 1;
        foreach (long value in row)
        {
            product = unchecked(product * value);
        }

        return product;
    }

    // The largest term is taken out so that no exponential overflows.
    private static double LogSumExp(ReadOnlySpan<double> row)
    {
        double largest = row.IsEmpty ? double.NegativeInfinity : TensorPrimitives.Max(row);
        if (double.IsInfinity(largest))
        {
            return largest;
        }

        double sum = 0;
        foreach (double value in row)
        {
            sum += Math.Exp(value - largest);
        }

        return largest + Math.Log(sum);
    }
}
