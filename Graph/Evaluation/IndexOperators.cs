using System.Numerics;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Operators that pick or place elements by index.</summary>
internal static class IndexOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Gather", c => [Gather(c)]);
        operators.Add("GatherElements", c => [GatherElements(c)]);
        operators.Add("GatherND", c => [GatherND(c)]);
        operators.Add("Scatter", c => [ScatterElements(c)]);
        operators.Add("ScatterElements", c => [ScatterElements(c)]);
        operators.Add("ScatterND", c => [ScatterND(c)]);
        operators.Add("OneHot", c => [OneHot(c)]);
    }

    private static ConstantTensor Gather(EvaluationContext c)
    {
        ConstantTensor data = c.Input(0);
        int axis = c.Shapes.Axis(c.Node.Attribute("axis", 0), data.Shape.Rank);
        long[] indices = Indices(c, data.Shape[axis]);
        long outer = new Shape(data.Shape.Dims.AsSpan(0, axis)).ElementCount;
        long inner = new Shape(data.Shape.Dims.AsSpan()[(axis + 1)..]).ElementCount;
        var picked = data.Reshape(new Shape(outer, data.Shape[axis], inner));
        return Movement.Pick(picked, new Shape(outer, indices.Length, inner), (a, p) => a == 1 ? indices[p] : p).Reshape(c.Shape);
    }

    private static ConstantTensor GatherElements(EvaluationContext c)
    {
        ConstantTensor data = c.Input(0);
        long[] positions = ElementPositions(c);
        int size = c.Type.SizeInBytes();
        byte[] result = Constants.Allocate(c.Type, c.Shape);
        for (int i = 0; i < positions.Length; i++)
        {
            data.Bytes.AsSpan((int)(positions[i] * size), size).CopyTo(result.AsSpan(i * size));
        }

        return Constants.Own(c.Type, c.Shape, result);
    }

    private static ConstantTensor GatherND(EvaluationContext c)
    {
        ConstantTensor data = c.Input(0);
        (long[] positions, long slice) = SlicePositions(c, (int)c.Node.Attribute("batch_dims", 0));
        int bytes = (int)(slice * c.Type.SizeInBytes());
        byte[] result = Constants.Allocate(c.Type, c.Shape);
        for (int i = 0; i < positions.Length; i++)
        {
            data.Bytes.AsSpan((int)(positions[i] * c.Type.SizeInBytes()), bytes).CopyTo(result.AsSpan(i * bytes));
        }

        return Constants.Own(c.Type, c.Shape, result);
    }

    private static ConstantTensor ScatterElements(EvaluationContext c) => Place(c, ElementPositions(c), 1);

    private static ConstantTensor ScatterND(EvaluationContext c)
    {
        (long[] positions, long slice) = SlicePositions(c, 0);
        return Place(c, positions, slice);
    }

    // Writes runs of updates at element positions of the data, in order.
    private static ConstantTensor Place(EvaluationContext c, long[] positions, long run)
    {
        string reduction = c.Node.Attribute("reduction", "none");
        ElementType type = reduction == "none" ? c.Type : NumberTypes.ComputeType(c.Type);
        byte[] result = [.. Conversion.To(c.Input(0), type).Bytes];
        ConstantTensor updates = Conversion.To(c.Input(2), type);
        if (reduction == "none")
        {
            int bytes = (int)(run * type.SizeInBytes());
            for (int i = 0; i < positions.Length; i++)
            {
                updates.Bytes.AsSpan(i * bytes, bytes).CopyTo(result.AsSpan((int)(positions[i] * type.SizeInBytes())));
            }
        }
        else
        {
            var work = new ReductionWork(reduction, updates.Bytes.AsSpan(), result, positions, run);
            NumberTypes.Dispatch(type, ref work);
        }

        return Conversion.To(Constants.Own(type, c.Shape, result), c.Type);
    }

    /// <summary>For every index of an elementwise gather or scatter: the data element it names.</summary>
    private static long[] ElementPositions(EvaluationContext c)
    {
        Shape data = c.Input(0).Shape;
        Shape shape = c.Input(1).Shape;
        int axis = c.Shapes.Axis(c.Node.Attribute("axis", 0), data.Rank);
        long[] indices = Indices(c, data[axis]);
        long[] strides = TensorView.DenseStrides(data);
        var positions = new long[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            long rest = i;
            long position = 0;
            for (int d = shape.Rank - 1; d >= 0; d--)
            {
                long coordinate = rest % shape[d];
                rest /= shape[d];
                position += (d == axis ? indices[i] : coordinate) * strides[d];
            }

            positions[i] = position;
        }

        return positions;
    }

    /// <summary>For every index tuple: the first data element of the slice it names, and the slices' length.</summary>
    private static (long[] Positions, long Slice) SlicePositions(EvaluationContext c, int batch)
    {
        Shape data = c.Input(0).Shape;
        Shape shape = c.Input(1).Shape;
        int depth = (int)shape[shape.Rank - 1];
        long[] strides = TensorView.DenseStrides(data);
        long[] indices = c.Input(1).ToInt64();
        long slice = new Shape(data.Dims.AsSpan()[(batch + depth)..]).ElementCount;
        long tuples = new Shape(shape.Dims.AsSpan(0, shape.Rank - 1)).ElementCount;
        long batches = new Shape(data.Dims.AsSpan(0, batch)).ElementCount;
        long batchStride = new Shape(data.Dims.AsSpan()[batch..]).ElementCount;
        var positions = new long[tuples];
        for (long i = 0; i < tuples; i++)
        {
            long position = i / (tuples / batches) * batchStride;
            for (int d = 0; d < depth; d++)
            {
                position += Wrap(c, indices[(i * depth) + d], data[batch + d]) * strides[batch + d];
            }

            positions[i] = position;
        }

        return (positions, slice);
    }

    private static long[] Indices(EvaluationContext c, long extent)
    {
        long[] indices = c.Input(1).ToInt64();
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = Wrap(c, indices[i], extent);
        }

        return indices;
    }

    private static long Wrap(EvaluationContext c, long index, long extent)
    {
        long positive = index < 0 ? index + extent : index;
        return positive >= 0 && positive < extent ? positive : throw c.Error($"index {index} is outside an axis of {extent}");
    }

    private static ConstantTensor OneHot(EvaluationContext c)
    {
        Shape indexShape = c.Input(0).Shape;
        long[] indices = c.Input(0).ToInt64();
        int axis = c.Shapes.Axis(c.Node.Attribute("axis", -1), c.Shape.Rank);
        long depth = c.Shape[axis];
        long inner = new Shape(indexShape.Dims.AsSpan()[axis..]).ElementCount;
        var picks = new long[c.Shape.ElementCount];
        for (int i = 0; i < indices.Length; i++)
        {
            long index = indices[i] < 0 ? indices[i] + depth : indices[i];
            if (index >= 0 && index < depth)
            {
                picks[(i / inner * depth * inner) + (index * inner) + (i % inner)] = 1;
            }
        }

        return Movement.Pick(c.Input(2), new Shape(picks.Length), (_, position) => picks[position]).Reshape(c.Shape);
    }

    private readonly ref struct ReductionWork(
        string reduction, ReadOnlySpan<byte> updates, Span<byte> target, long[] positions, long run) : INumberWork
    {
        private readonly ReadOnlySpan<byte> updates = updates;
        private readonly Span<byte> target = target;

        public void Run<T>()
            where T : unmanaged, INumber<T>, IMinMaxValue<T>
        {
            ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(updates);
            Span<T> result = MemoryMarshal.Cast<byte, T>(target);
            for (int i = 0; i < source.Length; i++)
            {
                ref T value = ref result[(int)(positions[i / run] + (i % run))];
                value = reduction switch
                {
                    "add" => value + source[i],
                    "mul" => value * source[i],
                    "min" => T.Min(value, source[i]),
                    _ => T.Max(value, source[i]),
                };
            }
        }
    }
}
