using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Two-dimensional convolution and transposed convolution with stride 1 and no padding, by definition.</summary>
internal static class ReferenceConv
{
    public static ReferenceTensor Evaluate(Node node, ReferenceTensor x, ReferenceTensor weight, ReferenceTensor? bias, Shape shape)
    {
        int sign = node.OpType == "Conv" ? -1 : 1;
        bool isPlain = shape.Rank == 4
            && shape[2] == x.Shape[2] + (sign * (weight.Shape[2] - 1)) && shape[3] == x.Shape[3] + (sign * (weight.Shape[3] - 1));
        if (!isPlain)
        {
            throw new NotSupportedException(node.ToString());
        }

        long groups = node.Attribute("group", 1);
        return ReferenceTensor.Make(shape, index =>
        {
            (long n, long c, long row, long column) = (index[0], index[1], index[2], index[3]);
            long inputs = x.Shape[1] / groups;
            long group = c / (shape[1] / groups);
            double sum = bias?.Elements[c] ?? 0;
            for (long i = 0; i < inputs; i++)
            {
                for (long r = 0; r < weight.Shape[2]; r++)
                {
                    for (long s = 0; s < weight.Shape[3]; s++)
                    {
                        sum += node.OpType == "Conv"
                            ? x[n, (group * inputs) + i, row + r, column + s] * weight[c, i, r, s]
                            : At(x, n, (group * inputs) + i, row - r, column - s)
                              * weight[(group * inputs) + i, c % (shape[1] / groups), r, s];
                    }
                }
            }

            return sum;
        });
    }

    private static double At(ReferenceTensor x, long n, long c, long row, long column) =>
        row < 0 || column < 0 || row >= x.Shape[2] || column >= x.Shape[3] ? 0 : x[n, c, row, column];
}
