using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>ONNX multidirectional (numpy) broadcasting.</summary>
internal static class Broadcast
{
    /// <summary>The shape that both broadcast to; null when they do not.</summary>
    public static Shape? TryJoin(Shape left, Shape right)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        var dims = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            long a = Extent(left, i - (rank - left.Rank));
            long b = Extent(right, i - (rank - right.Rank));
            if (a != b && a != 1 && b != 1)
            {
                return null;
            }

            dims[i] = a == 1 ? b : a;
        }

        return new Shape(dims);
    }

    private static long Extent(Shape shape, int axis) => axis < 0 ? 1 : shape[axis];
}
