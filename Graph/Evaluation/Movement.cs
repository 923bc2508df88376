using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Copies elements of any type by position.</summary>
internal static class Movement
{
    /// <summary>Marks a position of an <see cref="Pick"/> axis that no source element fills.</summary>
    public const long Outside = -1;

    /// <summary>Repeats axes of extent 1, and missing outer axes, to a shape.</summary>
    public static ConstantTensor Expand(ConstantTensor tensor, Shape shape)
    {
        if (tensor.Shape == shape)
        {
            return tensor;
        }

        var padded = new Shape([.. Enumerable.Repeat(1L, shape.Rank - tensor.Shape.Rank), .. tensor.Shape.Dims]);
        long[] strides = TensorView.DenseStrides(padded);
        var offsets = new long[shape.Rank][];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = Offsets(shape[i], position => padded[i] == 1 ? 0 : position * strides[i]);
        }

        return Copy(tensor, shape, offsets);
    }

    /// <summary>Reorders axes: axis i of the result is axis <paramref name="permutation"/>[i] of the source.</summary>
    public static ConstantTensor Transpose(ConstantTensor tensor, IReadOnlyList<int> permutation)
    {
        long[] strides = TensorView.DenseStrides(tensor.Shape);
        var shape = new Shape([.. permutation.Select(axis => tensor.Shape[axis])]);
        var offsets = new long[shape.Rank][];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = Offsets(shape[i], position => position * strides[permutation[i]]);
        }

        return Copy(tensor, shape, offsets);
    }

    /// <summary>
    /// Takes elements by axis: position p of axis a in the result is index <paramref name="indices"/>(a, p) of the source, or the fill
    /// value where that is <see cref="Outside"/>.
    /// </summary>
    public static ConstantTensor Pick(
        ConstantTensor tensor, Shape shape, Func<int, long, long> indices, ImmutableArray<byte> fill = default)
    {
        long[] strides = TensorView.DenseStrides(tensor.Shape);
        var offsets = new long[shape.Rank][];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = Offsets(shape[i], position =>
            {
                long index = indices(i, position);
                return index == Outside ? Outside : index * strides[i];
            });
        }

        return Copy(tensor, shape, offsets, fill);
    }

    private static long[] Offsets(long extent, Func<long, long> offset)
    {
        var result = new long[extent];
        for (long i = 0; i < extent; i++)
        {
            result[i] = offset(i);
        }

        return result;
    }

    private static ConstantTensor Copy(ConstantTensor tensor, Shape shape, long[][] offsets, ImmutableArray<byte> fill = default)
    {
        byte[] result = Constants.Allocate(tensor.Type, shape);
        if (result.Length > 0)
        {
            var walk = new Walk(tensor.Bytes, result, tensor.Type.SizeInBytes(), offsets, fill.IsDefault ? default : fill);
            walk.Run(0, 0, 0);
        }

        return Constants.Own(tensor.Type, shape, result);
    }

    /// <summary>Nested loops over the result's axes.</summary>
    private sealed class Walk(ImmutableArray<byte> source, byte[] target, int size, long[][] offsets, ImmutableArray<byte> fill)
    {
        private readonly long[] targetStrides = Strides(offsets);

        public void Run(int axis, long from, long to)
        {
            if (axis == offsets.Length)
            {
                ReadOnlySpan<byte> element = from == Outside
                    ? fill.IsDefault ? default : fill.AsSpan()
                    : source.AsSpan((int)(from * size), size);
                element.CopyTo(target.AsSpan((int)(to * size)));
                return;
            }

            long[] steps = offsets[axis];
            bool innermost = axis == offsets.Length - 1;
            for (int i = 0; i < steps.Length; i++)
            {
                if (innermost && from != Outside && steps[i] != Outside)
                {
                    // Neighbours in the source are copied as one run.
                    int run = 1;
                    while (i + run < steps.Length && steps[i + run] == steps[i] + run)
                    {
                        run++;
                    }

                    source.AsSpan((int)((from + steps[i]) * size), run * size).CopyTo(target.AsSpan((int)((to + i) * size)));
                    i += run - 1;
                    continue;
                }

                bool outside = from == Outside || steps[i] == Outside;
                Run(axis + 1, outside ? Outside : from + steps[i], to + (i * targetStrides[axis]));
            }
        }

        private static long[] Strides(long[][] offsets)
        {
            var strides = new long[offsets.Length];
            long stride = 1;
            for (int i = offsets.Length - 1; i >= 0; i--)
            {
                strides[i] = stride;
                stride *= offsets[i].Length;
            }

            return strides;
        }
    }
}
