using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Matrix products, accumulated in double precision or in 64-bit integers.</summary>
internal static class MatrixOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("MatMul", c => [MatMul(c)]);
        operators.Add("Gemm", c => [Gemm(c)]);
    }

    private static ConstantTensor MatMul(EvaluationContext c)
    {
        ConstantTensor left = c.Input(0);
        ConstantTensor right = c.Input(1);
        left = left.Shape.Rank == 1 ? left.Reshape(new Shape(1, left.Shape[0])) : left;
        right = right.Shape.Rank == 1 ? right.Reshape(new Shape(right.Shape[0], 1)) : right;
        long m = left.Shape[left.Shape.Rank - 2];
        long k = left.Shape[left.Shape.Rank - 1];
        long n = right.Shape[right.Shape.Rank - 1];
        Shape outerLeft = new(left.Shape.Dims.AsSpan(0, left.Shape.Rank - 2));
        Shape outerRight = new(right.Shape.Dims.AsSpan(0, right.Shape.Rank - 2));
        Shape batch = Import.Shapes.Broadcast.TryJoin(outerLeft, outerRight)!.Value;
        left = Movement.Expand(left, new Shape([.. batch.Dims, m, k]));
        right = Movement.Expand(right, new Shape([.. batch.Dims, k, n]));
        (int rows, int depth, int columns, int batches) = checked(((int)m, (int)k, (int)n, (int)batch.ElementCount));
        if (!c.Type.IsFloat())
        {
            long[] integers = Multiply(Conversion.ToInt64(left), Conversion.ToInt64(right), batches, rows, depth, columns);
            return Conversion.FromInt64(c.Type, c.Shape, integers);
        }

        double[] reals = Multiply(Conversion.ToDouble(left), Conversion.ToDouble(right), batches, rows, depth, columns);
        return Conversion.FromDouble(c.Type, c.Shape, reals);
    }

    private static ConstantTensor Gemm(EvaluationContext c)
    {
        ConstantTensor left = Turn(c.Input(0), c.Node.Attribute("transA", 0) != 0);
        ConstantTensor right = Turn(c.Input(1), c.Node.Attribute("transB", 0) != 0);
        (int rows, int depth, int columns) = checked(((int)left.Shape[0], (int)left.Shape[1], (int)right.Shape[1]));
        double[] product = Multiply(Conversion.ToDouble(left), Conversion.ToDouble(right), 1, rows, depth, columns);
        double alpha = c.Node.Attribute("alpha", 1f);
        double beta = c.Node.Attribute("beta", 1f);
        double[] addend = c.Has(2) ? Conversion.ToDouble(Movement.Expand(c.Input(2), c.Shape)) : new double[product.Length];
        for (int i = 0; i < product.Length; i++)
        {
            product[i] = (alpha * product[i]) + (beta * addend[i]);
        }

        return Conversion.FromDouble(c.Type, c.Shape, product);
    }

    private static ConstantTensor Turn(ConstantTensor matrix, bool transposed) =>
        transposed ? Movement.Transpose(matrix, [1, 0]) : matrix;

    private static T[] Multiply<T>(T[] left, T[] right, int batches, int rows, int depth, int columns)
        where T : System.Numerics.INumber<T>
    {
        var result = new T[checked(batches * rows * columns)];
        for (int row = 0; row < batches * rows; row++)
        {
            Span<T> target = result.AsSpan(row * columns, columns);
            int matrix = row / rows * depth * columns;
            for (int k = 0; k < depth; k++)
            {
                T factor = left[(row * depth) + k];
                ReadOnlySpan<T> source = right.AsSpan(matrix + (k * columns), columns);
                for (int column = 0; column < columns; column++)
                {
                    target[column] += factor * source[column];
                }
            }
        }

        return result;
    }
}
