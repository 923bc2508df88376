using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>Gather and Scatter families.</summary>
internal static class ReferenceIndexing
{
    public static double[] Gather(GatherKernel desc, double[][] tensors) => desc.Mode switch
    {
        GatherMode.FetchedRows => tensors[0],
        GatherMode.Axis => GatherAxis(desc, tensors[0], tensors[1]),
        GatherMode.Elements => GatherElements(desc, tensors[0], tensors[1]),
        _ => GatherNd(desc, tensors[0], tensors[1]),
    };

    public static double[] Scatter(ScatterKernel desc, double[][] tensors)
    {
        double[] results = [.. tensors[0]];
        Shape data = desc.Inputs[0].Shape;
        Shape indices = desc.Inputs[1].Shape;
        double[] updates = tensors[2];
        if (desc.Mode == ScatterMode.Elements)
        {
            for (long i = 0; i < updates.Length; i++)
            {
                long[] position = Unflatten(i, indices);
                position[desc.Axis] = FromEnd(tensors[1][i], data[desc.Axis]);
                Update(Flatten(position, data), updates[i]);
            }

            return results;
        }

        long depth = indices[indices.Rank - 1];
        long slice = Product(data, (int)depth, data.Rank);
        for (long i = 0; i < indices.ElementCount / depth; i++)
        {
            long start = SliceStart(tensors[1], i * depth, depth, data, 0) * slice;
            for (long j = 0; j < slice; j++)
            {
                Update(start + j, updates[(i * slice) + j]);
            }
        }

        return results;

        void Update(long at, double value) => results[at] = desc.Reduction switch
        {
            ScatterReduction.Add => results[at] + value,
            ScatterReduction.Multiply => results[at] * value,
            ScatterReduction.Maximum => Math.Max(results[at], value),
            ScatterReduction.Minimum => Math.Min(results[at], value),
            _ => value,
        };
    }

    private static double[] GatherAxis(GatherKernel desc, double[] data, double[] indices)
    {
        Shape shape = desc.Inputs[0].Shape;
        (long outer, long axis, long inner) = (shape[0], shape[1], shape[2]);
        var results = new double[outer * indices.Length * inner];
        long at = 0;
        for (long o = 0; o < outer; o++)
        {
            foreach (double index in indices)
            {
                for (long i = 0; i < inner; i++)
                {
                    results[at++] = data[(((o * axis) + FromEnd(index, axis)) * inner) + i];
                }
            }
        }

        return results;
    }

    private static double[] GatherElements(GatherKernel desc, double[] data, double[] indices)
    {
        Shape shape = desc.Inputs[0].Shape;
        Shape result = desc.Inputs[1].Shape;
        var results = new double[indices.Length];
        for (long i = 0; i < results.Length; i++)
        {
            long[] position = Unflatten(i, result);
            position[desc.Axis] = FromEnd(indices[i], shape[desc.Axis]);
            results[i] = data[Flatten(position, shape)];
        }

        return results;
    }

    private static double[] GatherNd(GatherKernel desc, double[] data, double[] indices)
    {
        Shape shape = desc.Inputs[0].Shape;
        Shape index = desc.Inputs[1].Shape;
        int batch = desc.BatchDims;
        long depth = index[index.Rank - 1];
        long batches = Product(shape, 0, batch);
        long perBatch = index.ElementCount / depth / batches;
        long slice = Product(shape, batch + (int)depth, shape.Rank);
        long batchElements = Product(shape, batch, shape.Rank);
        var results = new double[batches * perBatch * slice];
        long at = 0;
        for (long b = 0; b < batches; b++)
        {
            for (long i = 0; i < perBatch; i++)
            {
                long start = (b * batchElements) + (SliceStart(indices, ((b * perBatch) + i) * depth, depth, shape, batch) * slice);
                for (long j = 0; j < slice; j++)
                {
                    results[at++] = data[start + j];
                }
            }
        }

        return results;
    }

    private static long SliceStart(double[] indices, long at, long depth, Shape data, int firstAxis)
    {
        long start = 0;
        for (int d = 0; d < depth; d++)
        {
            long extent = data[firstAxis + d];
            start = (start * extent) + FromEnd(indices[at + d], extent);
        }

        return start;
    }

    private static long FromEnd(double index, long extent) => (long)index + (index < 0 ? extent : 0);

    private static long Product(Shape shape, int from, int to)
    {
        long product = 1;
        for (int axis = from; axis < to; axis++)
        {
            product *= shape[axis];
        }

        return product;
    }

    private static long[] Unflatten(long position, Shape shape)
    {
        var result = new long[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            result[axis] = position % shape[axis];
            position /= shape[axis];
        }

        return result;
    }

    private static long Flatten(long[] position, Shape shape)
    {
        long result = 0;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            result = (result * shape[axis]) + position[axis];
        }

        return result;
    }
}
