using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Grows a graph by random operators on random values.</summary>
internal sealed class RandomGraphSteps
{
    private readonly GraphBuilder b;
    private readonly Random random;
    private readonly List<(string Name, Shape Shape)> values = [];

    public RandomGraphSteps(GraphBuilder b, Random random)
    {
        this.b = b;
        this.random = random;
        Shape shape = new(random.Next(1, 3), random.Next(1, 4), random.Next(1, 5));
        values.Add((b.Input("x", [.. shape.Dims]), shape));
        values.Add((b.Weight("w", [.. shape.Dims]), shape));
        values.Add((b.Filled(random.Next(3), [.. shape.Dims]), shape));
    }

    /// <summary>One or two values, the newest among them.</summary>
    public IEnumerable<string> Outputs() => values.Skip(3).Any()
        ? values.Skip(3).TakeLast(1).Concat(values.Skip(3).Where(_ => random.Next(4) == 0)).Select(value => value.Name).Distinct()
        : [values[0].Name];

    public void Step()
    {
        (string x, Shape shape) = values[random.Next(values.Count)];
        int axis = random.Next(shape.Rank);
        switch (random.Next(14))
        {
            case 0:
                int[] permutation = [.. Enumerable.Range(0, shape.Rank).OrderBy(_ => random.Next())];
                Add(b.Op("Transpose", [x], ("perm", permutation)), new Shape([.. permutation.Select(each => shape[each])]));
                break;
            case 1:
                Reshape(x, Merged(shape));
                break;
            case 2:
                Reshape(x, shape.Dims.Insert(axis, 1));
                break;
            case 3:
                string neutral = b.Scalar(random.Next(3));
                string opType = new[] { "Add", "Sub", "Mul", "Pow" }[random.Next(4)];
                Add(b.Op(opType, [x, neutral]), shape);
                break;
            case 4:
                Add(b.Op(random.Next(2) == 0 ? "Add" : "Mul", [x, Partner(x, shape)]), shape);
                break;
            case 5:
                Add(b.Op("Mul", [x, b.Op("Sigmoid", [x])]), shape);
                break;
            case 6:
                Add(b.Op("Softmax", [x], ("axis", axis)), shape);
                break;
            case 7:
                long start = random.Next((int)shape[axis]);
                long end = random.Next((int)start + 1, (int)shape[axis] + 1);
                Add(
                    b.Op("Slice", [x, b.Longs(start), b.Longs(end), b.Longs(axis)]),
                    new Shape(shape.Dims.SetItem(axis, end - start).AsSpan()));
                break;
            case 8:
                Add(
                    b.Op("Gather", [x, b.Longs([], random.Next((int)shape[axis]))], ("axis", axis)),
                    new Shape(shape.Dims.RemoveAt(axis).AsSpan()));
                break;
            case 9:
                Add(b.Op("Identity", [x]), shape);
                break;
            case 10:
                Add(b.Op("Concat", [x, Partner(x, shape)], ("axis", axis)), new Shape(shape.Dims.SetItem(axis, 2 * shape[axis]).AsSpan()));
                break;
            case 11:
                Attend(x, shape);
                break;
            case 12:
                Add(b.Op("Where", [b.Bools([], random.Next(2) == 0), x, Partner(x, shape)]), shape);
                break;
            default:
                Add(b.Op("Div", [x, b.Scalar(random.Next(2) == 0 ? 2 : 3)]), shape);
                break;
        }
    }

    private void Attend(string x, Shape shape)
    {
        if (shape.Rank < 2)
        {
            return;
        }

        int[] swap = [.. Enumerable.Range(0, shape.Rank)];
        (swap[^1], swap[^2]) = (swap[^2], swap[^1]);
        string scores = b.Op("MatMul", [x, b.Op("Transpose", [Partner(x, shape)], ("perm", swap))]);
        scores = random.Next(2) == 0 ? b.Op("Div", [scores, b.Scalar(3)]) : scores;
        scores = random.Next(2) == 0 ? b.Op("Add", [scores, b.Filled(random.Next(2), shape[shape.Rank - 2])]) : scores;
        Add(b.Op("MatMul", [b.Op("Softmax", [scores], ("axis", shape.Rank - 1)), Partner(x, shape)]), shape);
    }

    /// <summary>A value of the same shape.</summary>
    private string Partner(string x, Shape shape) => values.Where(value => value.Shape == shape && value.Name != x)
        .OrderBy(_ => random.Next()).Select(value => value.Name).FirstOrDefault(x);

    private long[] Merged(Shape shape)
    {
        int cut = random.Next(shape.Rank + 1);
        return [new Shape(shape.Dims.AsSpan()[..cut]).ElementCount, .. shape.Dims[cut..]];
    }

    private void Reshape(string x, IEnumerable<long> dims)
    {
        long[] list = [.. dims];
        Add(b.Op("Reshape", [x, b.Longs(list)]), new Shape(list));
    }

    private void Add(string name, Shape shape)
    {
        if (shape.Rank > 0)
        {
            values.Add((name, shape));
        }
    }
}
