using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Two-dimensional convolution and transposed convolution with explicit padding, by definition.</summary>
internal static class ReferenceConv
{
    public static ReferenceTensor Evaluate(Node node, ReferenceTensor x, ReferenceTensor weight, ReferenceTensor? bias, Shape shape)
    {
        if (shape.Rank != 4 || node.Attribute("auto_pad", "NOTSET") != "NOTSET" || node.Attributes.ContainsKey("output_shape"))
        {
            throw new NotSupportedException(node.ToString());
        }

        long groups = node.Attribute("group", 1L);
        ImmutableArray<long> strides = node.Integers("strides") ?? [1, 1];
        ImmutableArray<long> dilations = node.Integers("dilations") ?? [1, 1];
        ImmutableArray<long> pads = node.Integers("pads") ?? [0, 0, 0, 0];
        bool transposed = node.OpType == "ConvTranspose";
        return ReferenceTensor.Make(shape, index =>
        {
            (long n, long c) = (index[0], index[1]);
            long inputs = x.Shape[1] / groups;
            long outputs = shape[1] / groups;
            long group = c / outputs;
            double sum = bias?.Elements[c] ?? 0;
            for (long i = group * inputs; i < (group + 1) * inputs; i++)
            {
                for (long r = 0; r < weight.Shape[2]; r++)
                {
                    for (long s = 0; s < weight.Shape[3]; s++)
                    {
                        double pixel = At(x, n, i, Source(0, index[2], r), Source(1, index[3], s));
                        sum += pixel * (transposed ? weight[i, c % outputs, r, s] : weight[c, i - (group * inputs), r, s]);
                    }
                }
            }

            return sum;
        });

        // Position in the input that a kernel tap meets; -1 for none.
        long Source(int axis, long position, long tap)
        {
            if (!transposed)
            {
                return (position * strides[axis]) + (tap * dilations[axis]) - pads[axis];
            }

            long spread = position + pads[axis] - (tap * dilations[axis]);
            return spread % strides[axis] == 0 ? spread / strides[axis] : -1;
        }
    }

    private static double At(ReferenceTensor x, long n, long c, long row, long column) =>
        row < 0 || column < 0 || row >= x.Shape[2] || column >= x.Shape[3] ? 0 : x[n, c, row, column];
}
