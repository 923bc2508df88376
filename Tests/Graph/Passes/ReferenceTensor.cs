using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>A dense row-major tensor of doubles, whatever its element type in the model.</summary>
internal sealed record ReferenceTensor(Shape Shape, double[] Elements)
{
    public static ReferenceTensor Make(Shape shape, Func<long[], double> element)
    {
        var elements = new double[shape.ElementCount];
        var index = new long[shape.Rank];
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = element(index);
            for (int axis = shape.Rank - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return new ReferenceTensor(shape, elements);
    }

    public double this[params ReadOnlySpan<long> index]
    {
        get
        {
            long offset = 0;
            for (int axis = 0; axis < Shape.Rank; axis++)
            {
                offset = (offset * Shape[axis]) + index[axis];
            }

            return Elements[offset];
        }
    }

    /// <summary>Element at an index of a shape that this tensor broadcasts to.</summary>
    public double Broadcast(ReadOnlySpan<long> index)
    {
        var own = new long[Shape.Rank];
        for (int axis = 0; axis < own.Length; axis++)
        {
            own[axis] = Shape[axis] == 1 ? 0 : index[index.Length - own.Length + axis];
        }

        return this[own];
    }

    public ReferenceTensor Map(Func<double, double> function) => new(Shape, [.. Elements.Select(function)]);

    public ReferenceTensor Reshape(Shape shape) => new(shape, Elements);

    public static ReferenceTensor Zip(ReferenceTensor left, ReferenceTensor right, Func<double, double, double> function) => Make(
        Join(left.Shape, right.Shape), index => function(left.Broadcast(index), right.Broadcast(index)));

    public static Shape Join(Shape left, Shape right)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        long At(Shape shape, int axis) => axis < rank - shape.Rank ? 1 : shape[axis - rank + shape.Rank];
        return new Shape([.. Enumerable.Range(0, rank).Select(axis => At(left, axis) == 1 ? At(right, axis) : At(left, axis))]);
    }

    public ReferenceTensor Transpose(int[] permutation)
    {
        var source = new long[Shape.Rank];
        return Make(new Shape([.. permutation.Select(axis => Shape[axis])]), index =>
        {
            for (int axis = 0; axis < permutation.Length; axis++)
            {
                source[permutation[axis]] = index[axis];
            }

            return this[source];
        });
    }

    public static ReferenceTensor MatMul(ReferenceTensor left, ReferenceTensor right)
    {
        ReferenceTensor a = left.Shape.Rank == 1 ? left.Reshape(new Shape(1, left.Shape[0])) : left;
        ReferenceTensor b = right.Shape.Rank == 1 ? right.Reshape(new Shape(right.Shape[0], 1)) : right;
        long depth = a.Shape[a.Shape.Rank - 1];
        Shape batch = Join(new Shape(a.Shape.Dims[..^2].AsSpan()), new Shape(b.Shape.Dims[..^2].AsSpan()));
        ReferenceTensor product = Make(new Shape([.. batch.Dims, a.Shape.Dims[^2], b.Shape.Dims[^1]]), index =>
        {
            double sum = 0;
            long[] atLeft = [.. index];
            long[] atRight = [.. index];
            for (long k = 0; k < depth; k++)
            {
                atLeft[^1] = k;
                atRight[^2] = k;
                sum += a.Broadcast(atLeft) * b.Broadcast(atRight);
            }

            return sum;
        });
        IEnumerable<long> dims = product.Shape.Dims;
        dims = left.Shape.Rank == 1 ? [.. product.Shape.Dims[..^2], product.Shape.Dims[^1]] : dims;
        return product.Reshape(new Shape([.. right.Shape.Rank == 1 ? dims.SkipLast(1) : dims]));
    }

    /// <summary>Replaces every run along the axes from the given one by what the function makes of it.</summary>
    public ReferenceTensor MapRuns(int axis, Func<double[], IEnumerable<double>> function)
    {
        int length = (int)new Shape(Shape.Dims.AsSpan()[axis..]).ElementCount;
        return new ReferenceTensor(Shape, [.. Elements.Chunk(length).SelectMany(function)]);
    }
}
