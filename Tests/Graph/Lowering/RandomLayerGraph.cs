using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Tests.Graph.Passes;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>
/// Grows small networks out of layers, views and residual connections, so that fusion, placement and layout meet in odd ways.
/// </summary>
internal sealed class RandomLayerGraph
{
    private readonly GraphBuilder b = new(18);
    private readonly Random random;
    private readonly List<(string Name, Shape Shape)> values = [];
    private int weights;

    private RandomLayerGraph(Random random)
    {
        this.random = random;
        Input(4, 6);
        Input(1, 4, 4, 6);
        Input(2, 4, 6);
    }

    public static ModelGraph Build(int seed)
    {
        var graph = new RandomLayerGraph(new Random(seed));
        int steps = graph.random.Next(3, 14);
        for (int i = 0; i < steps; i++)
        {
            graph.Step();
        }

        var outputs = graph.values.TakeLast(1).Concat(graph.values.Where(_ => graph.random.Next(6) == 0));
        return graph.b.Build([.. outputs.Select(value => value.Name).Distinct()]);
    }

    private void Step()
    {
        // Recent values are taken more often, so that chains get long.
        (string x, Shape shape) = values[Math.Max(random.Next(values.Count), random.Next(values.Count))];
        int rank = shape.Rank;
        int axis = rank == 0 ? 0 : random.Next(rank);
        switch (random.Next(22))
        {
            case 0 or 1 when rank >= 2:
                long columns = random.Next(2, 7);
                string product = b.Op("MatMul", [x, Weight(shape[rank - 1], columns)]);
                Add(random.Next(2) == 0 ? b.Op("Add", [product, Weight(columns)]) : product, [.. shape.Dims[..^1], columns]);
                break;
            case 2 when rank >= 2:
                long rows = random.Next(2, 6);
                Add(b.Op("MatMul", [Weight(rows, shape[rank - 2]), x]), [.. shape.Dims[..^2], rows, shape[rank - 1]]);
                break;
            case 3 when rank >= 2:
                string turned = b.Op("Transpose", [Partner(x, shape)], ("perm", Swapped(rank)));
                Add(b.Op("MatMul", [x, turned]), [.. shape.Dims[..^1], shape[rank - 2]]);
                break;
            case 4 or 5 when rank == 4:
                Conv(x, shape);
                break;
            case 6 when rank == 4:
                string grown = b.Op("ConvTranspose", [x, Weight(shape[1], 3, 2, 2)], ("strides", new[] { 2, 2 }));
                Add(grown, shape[0], 3, shape[2] * 2, shape[3] * 2);
                break;
            case 7 or 8:
                Add(b.Op(random.Next(2) == 0 ? "Add" : "Mul", [x, Partner(x, shape)]), [.. shape.Dims]);
                break;
            case 9 when rank > 0:
                Add(b.Op("Add", [x, Weight(shape[rank - 1])]), [.. shape.Dims]);
                break;
            case 10:
                Add(b.Op(new[] { "Relu", "Sigmoid", "Tanh", "Neg" }[random.Next(4)], [x]), [.. shape.Dims]);
                break;
            case 11 when rank > 0:
                int[] permutation = [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next())];
                Add(b.Op("Transpose", [x], ("perm", permutation)), [.. permutation.Select(each => shape[each])]);
                break;
            case 12:
                Regroup(x, shape);
                break;
            case 13 when rank > 0:
                long start = random.Next((int)shape[axis]);
                long end = random.Next((int)start + 1, (int)shape[axis] + 1);
                Add(b.Op("Slice", [x, b.Longs(start), b.Longs(end), b.Longs(axis)]), [.. shape.Dims.SetItem(axis, end - start)]);
                break;
            case 14 or 15 when rank > 0:
                Add(b.Op("Concat", [x, Partner(x, shape)], ("axis", axis)), [.. shape.Dims.SetItem(axis, 2 * shape[axis])]);
                break;
            case 16 when rank > 0:
                Add(b.Op("Softmax", [x], ("axis", axis)), [.. shape.Dims]);
                break;
            case 17 when rank > 0:
                long[] inner = [.. shape.Dims[axis..]];
                Add(b.Op("LayerNormalization", [x, Weight(inner), Weight(inner)], ("axis", axis)), [.. shape.Dims]);
                break;
            case 18 when rank == 4:
                Add(b.Op("InstanceNormalization", [x, Weight(shape[1]), Weight(shape[1])]), [.. shape.Dims]);
                break;
            case 19 when rank > 1:
                Add(b.Op("ReduceMean", [x, b.Longs(axis)], ("keepdims", 1)), [.. shape.Dims.SetItem(axis, 1)]);
                break;
            case 20 when rank > 0 && shape.ElementCount < 400:
                long[] pads = new long[2 * rank];
                pads[axis] = random.Next(3);
                pads[axis + rank] = random.Next(3);
                long padded = shape[axis] + pads[axis] + pads[axis + rank];
                Add(b.Op("Pad", [x, b.Longs(pads), b.Scalar(0.5f)]), [.. shape.Dims.SetItem(axis, padded)]);
                break;
            case 21 when rank > 1:
                Add(b.Op("Gather", [x, b.Longs([], random.Next((int)shape[axis]))], ("axis", axis)), [.. shape.Dims.RemoveAt(axis)]);
                break;
            default:
                Add(b.Op("Mul", [x, b.Scalar(0.75f)]), [.. shape.Dims]);
                break;
        }
    }

    private void Conv(string x, Shape shape)
    {
        int groups = random.Next(3) == 0 && shape[1] % 2 == 0 ? 2 : random.Next(4) == 0 ? (int)shape[1] : 1;
        long outputs = groups * random.Next(1, 4);
        bool wide = random.Next(2) == 0;
        long extent = wide ? 3 : 1;
        long pad = wide ? 1 : 0;
        string y = b.Op(
            "Conv",
            [x, Weight(outputs, shape[1] / groups, extent, extent), Weight(outputs)],
            ("group", groups),
            ("pads", new[] { pad, pad, pad, pad }));
        Add(y, shape[0], outputs, shape[2], shape[3]);
    }

    /// <summary>Merges or splits axes, as heads and windows do.</summary>
    private void Regroup(string x, Shape shape)
    {
        var dims = new List<long>(shape.Dims);
        int axis = dims.Count == 0 ? 0 : random.Next(dims.Count);
        if (dims.Count > 1 && random.Next(2) == 0)
        {
            axis = Math.Min(axis, dims.Count - 2);
            dims[axis] *= dims[axis + 1];
            dims.RemoveAt(axis + 1);
        }
        else if (dims.Count is > 0 and < 5 && dims[axis] % 2 == 0)
        {
            dims[axis] /= 2;
            dims.Insert(axis + random.Next(2), 2);
        }

        Add(b.Op("Reshape", [x, b.Longs([.. dims])]), [.. dims]);
    }

    private static int[] Swapped(int rank)
    {
        int[] order = [.. Enumerable.Range(0, rank)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return order;
    }

    /// <summary>A value of the same shape, another one if there is any.</summary>
    private string Partner(string x, Shape shape)
    {
        string[] others = [.. values.Where(value => value.Shape == shape && value.Name != x).Select(value => value.Name)];
        return others.Length == 0 ? x : others[random.Next(others.Length)];
    }

    private void Input(params long[] dims) => Add(b.Input($"x{values.Count}", dims), dims);

    private string Weight(params long[] dims) => b.Weight($"w{weights++}", dims);

    private void Add(string name, params long[] dims)
    {
        var shape = new Shape(dims);
        if (shape.ElementCount < 3000)
        {
            values.Add((name, shape));
        }
    }
}
