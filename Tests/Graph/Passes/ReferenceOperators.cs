using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>The ONNX operators that the pass tests use. Shapes that follow from other attributes are taken from the graph.</summary>
internal static class ReferenceOperators
{
    public static ReferenceTensor[] Evaluate(Node node, int opset, ReferenceTensor?[] inputs, ImmutableArray<Shape> shapes)
    {
        ReferenceTensor x = inputs.Length > 0 ? inputs[0]! : new ReferenceTensor(Shape.Scalar, [0]);
        ReferenceTensor Binary(Func<double, double, double> function) => ReferenceTensor.Zip(x, inputs[1]!, function);
        int rank = x.Shape.Rank;
        int Axis(long absent) => (int)((node.Attribute("axis", absent) + rank) % rank);
        switch (node.OpType)
        {
            case "Identity" or "Dropout" or "Cast" or "CastLike":
                return [x];
            case "Add":
                return [Binary((a, b) => a + b)];
            case "Sub":
                return [Binary((a, b) => a - b)];
            case "Mul":
                return [Binary((a, b) => a * b)];
            case "Div":
                return [Binary((a, b) => a / b)];
            case "Pow":
                return [Binary(Math.Pow)];
            case "And":
                return [Binary((a, b) => a * b)];
            case "Sum":
                return [inputs.Aggregate((a, b) => ReferenceTensor.Zip(a!, b!, (l, r) => l + r))!];
            case "Neg":
                return [x.Map(each => -each)];
            case "Sqrt":
                return [x.Map(Math.Sqrt)];
            case "Reciprocal":
                return [x.Map(each => 1 / each)];
            case "Erf":
                return [x.Map(Erf)];
            case "Tanh":
                return [x.Map(Math.Tanh)];
            case "Sigmoid":
                return [x.Map(each => 1 / (1 + Math.Exp(-each)))];
            case "Relu":
                return [x.Map(each => Math.Max(each, 0))];
            case "Gelu":
                return [x.Map(node.Attribute("approximate", "none") == "none" ? Gelu : GeluTanh)];
            case "Swish":
                return [x.Map(each => each / (1 + Math.Exp(-node.Attribute("alpha", 1f) * each)))];
            case "Where":
                return [ReferenceTensor.Make(
                    shapes[0], index => x.Broadcast(index) != 0 ? inputs[1]!.Broadcast(index) : inputs[2]!.Broadcast(index))];
            case "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten":
                return [x.Reshape(shapes[0])];
            case "Expand":
                return [ReferenceTensor.Make(shapes[0], index => x.Broadcast(index))];
            case "Tile":
                return [ReferenceTensor.Make(shapes[0], index => x[[.. index.Select((at, axis) => at % x.Shape[axis])]])];
            case "Transpose":
                return [x.Transpose(Axes.Permutation(node, rank))];
            case "Concat":
                return [Concat(inputs, Axis(0), shapes[0])];
            case "Slice":
                return [Slice(node, inputs, shapes[0])];
            case "Pad":
                return [Pad(inputs, shapes[0])];
            case "Split":
                return Split(x, Axis(0), shapes);
            case "GatherND" when inputs[1]!.Shape.Dims[^1] != 1:
                throw new NotSupportedException(node.ToString());
            case "Gather" or "GatherND":
                return [Gather(node.OpType == "Gather" ? Axis(0) : 0, x, inputs[1]!, shapes[0])];
            case "MatMul":
                return [ReferenceTensor.MatMul(x, inputs[1]!)];
            case "Gemm":
                return [Gemm(node, inputs)];
            case "Einsum":
                return [Einsum(node, inputs, shapes[0])];
            case "Softmax":
                return [SoftmaxAt(x, Axis(opset >= 13 ? -1 : 1), flattens: opset < 13)];
            case "ReduceMean" or "ReduceSum":
                return [Reduce(node, inputs, shapes[0])];
            case "Conv" or "ConvTranspose":
                return [ReferenceConv.Evaluate(node, x, inputs[1]!, inputs.ElementAtOrDefault(2), shapes[0])];
            case "BatchNormalization":
                return [BatchNormalization(node, inputs)];
            case "InstanceNormalization":
                return [GroupNormalization(node, inputs, x.Shape[1])];
            case "GroupNormalization":
                return [GroupNormalization(node, inputs, node.Attribute("num_groups", 1))];
            case "LayerNormalization":
                return LayerNormalization(node, inputs, Axis(-1), shapes.Length);
            case "RMSNormalization":
                return [ReferenceComposites.Affine(
                    x.MapRuns(Axis(-1), run => run.Select(each =>
                        each / Math.Sqrt(run.Average(other => other * other) + node.Attribute("epsilon", 1e-5f)))),
                    inputs[1],
                    null)];
            default:
                throw new NotSupportedException(node.ToString());
        }
    }

    /// <summary>erf by its Taylor series, exact to 1e-12 for the arguments in tests.</summary>
    public static double Erf(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return sum * 2 / Math.Sqrt(Math.PI);
    }

    public static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static IEnumerable<double> Softmax(double[] run)
    {
        double largest = run.Max();
        double sum = run.Sum(each => Math.Exp(each - largest));
        return run.Select(each => Math.Exp(each - largest) / sum);
    }

    private static ReferenceTensor SoftmaxAt(ReferenceTensor x, int axis, bool flattens)
    {
        if (flattens)
        {
            return x.MapRuns(axis, Softmax);
        }

        int[] permutation = [.. Enumerable.Range(0, x.Shape.Rank).Where(each => each != axis), axis];
        int[] back = [.. Enumerable.Range(0, x.Shape.Rank).Select(each => Array.IndexOf(permutation, each))];
        return x.Transpose(permutation).MapRuns(x.Shape.Rank - 1, Softmax).Transpose(back);
    }

    private static ReferenceTensor Concat(ReferenceTensor?[] inputs, int axis, Shape shape) => ReferenceTensor.Make(shape, index =>
    {
        long[] at = [.. index];
        int part = 0;
        while (at[axis] >= inputs[part]!.Shape[axis])
        {
            at[axis] -= inputs[part++]!.Shape[axis];
        }

        return inputs[part]![at];
    });

    private static ReferenceTensor Slice(Node node, ReferenceTensor?[] inputs, Shape shape)
    {
        ReferenceTensor x = inputs[0]!;
        long[] List(string name, int input) => node.Integers(name) is { } listed
            ? [.. listed]
            : inputs.ElementAtOrDefault(input) is { } tensor ? [.. tensor.Elements.Select(each => (long)each)] : [];
        long[] starts = List("starts", 1);
        long[] axes = List("axes", 3);
        long[] steps = List("steps", 4);
        var first = new long[x.Shape.Rank];
        var step = new long[x.Shape.Rank];
        Array.Fill(step, 1);
        for (int i = 0; i < starts.Length; i++)
        {
            long axis = axes.Length == 0 ? i : (axes[i] + x.Shape.Rank) % x.Shape.Rank;
            long start = starts[i] < 0 ? starts[i] + x.Shape[(int)axis] : starts[i];
            step[axis] = steps.Length == 0 ? 1 : steps[i];
            first[axis] = Math.Clamp(start, 0, x.Shape[(int)axis] - (step[axis] < 0 ? 1 : 0));
        }

        return ReferenceTensor.Make(shape, index => x[[.. index.Select((at, axis) => first[axis] + (at * step[axis]))]]);
    }

    private static ReferenceTensor Pad(ReferenceTensor?[] inputs, Shape shape)
    {
        ReferenceTensor x = inputs[0]!;
        return ReferenceTensor.Make(shape, index =>
        {
            long[] at = [.. index.Select((position, axis) => position - (long)inputs[1]!.Elements[axis])];
            bool isOutside = at.Where((position, axis) => position < 0 || position >= x.Shape[axis]).Any();
            return isOutside ? inputs.ElementAtOrDefault(2)?.Elements[0] ?? 0 : x[at];
        });
    }

    private static ReferenceTensor[] Split(ReferenceTensor x, int axis, ImmutableArray<Shape> shapes)
    {
        var parts = new List<ReferenceTensor>();
        long start = 0;
        foreach (Shape shape in shapes)
        {
            long from = start;
            parts.Add(ReferenceTensor.Make(shape, index => x[[.. index.Select((at, each) => each == axis ? at + from : at)]]));
            start += shape[axis];
        }

        return [.. parts];
    }

    private static ReferenceTensor Gather(int axis, ReferenceTensor x, ReferenceTensor indices, Shape shape)
    {
        // A trailing index axis of extent 1 (GatherND) does not change the walk.
        ReferenceTensor flat = indices.Reshape(new Shape(indices.Shape.ElementCount));
        ReferenceTensor gathered = ReferenceTensor.Make(new Shape(x.Shape.Dims.SetItem(axis, flat.Shape[0]).AsSpan()), index =>
        {
            long[] at = [.. index];
            long picked = (long)flat.Elements[at[axis]] % x.Shape[axis];
            at[axis] = picked < 0 ? picked + x.Shape[axis] : picked;
            return x[at];
        });
        return gathered.Reshape(shape);
    }

    private static ReferenceTensor Gemm(Node node, ReferenceTensor?[] inputs)
    {
        ReferenceTensor a = node.Attribute("transA", 0) == 0 ? inputs[0]! : inputs[0]!.Transpose([1, 0]);
        ReferenceTensor b = node.Attribute("transB", 0) == 0 ? inputs[1]! : inputs[1]!.Transpose([1, 0]);
        ReferenceTensor product = ReferenceTensor.MatMul(a, b).Map(each => each * node.Attribute("alpha", 1f));
        return inputs.ElementAtOrDefault(2) is { } bias
            ? ReferenceTensor.Zip(product, bias, (l, r) => l + (r * node.Attribute("beta", 1f)))
            : product;
    }

    /// <summary>By definition: the sum over all labels that the result lacks. Labels only, no ellipsis.</summary>
    private static ReferenceTensor Einsum(Node node, ReferenceTensor?[] inputs, Shape shape)
    {
        string[] sides = node.Attribute("equation", "").Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        IEnumerable<char> once = string.Concat(terms).GroupBy(label => label)
            .Where(group => group.Count() == 1).Select(group => group.Key);
        string output = sides.Length == 2 ? sides[1] : string.Concat(once.Order());
        string summed = string.Concat(string.Concat(terms).Distinct().Where(label => !output.Contains(label)));
        string labels = output + summed;
        long Extent(char label) => terms.Select((term, i) => (At: term.IndexOf(label, StringComparison.Ordinal), i))
            .Where(hit => hit.At >= 0).Max(hit => inputs[hit.i]!.Shape[hit.At]);
        var inner = new Shape([.. summed.Select(Extent)]);
        return ReferenceTensor.Make(shape, index =>
        {
            long[] outer = [.. index];
            return ReferenceTensor.Make(inner, at =>
            {
                long[] all = [.. outer, .. at];
                double product = 1;
                for (int i = 0; i < terms.Length; i++)
                {
                    product *= inputs[i]!.Broadcast([.. terms[i].Select(label => all[labels.IndexOf(label, StringComparison.Ordinal)])]);
                }

                return product;
            }).Elements.Sum();
        });
    }

    private static ReferenceTensor Reduce(Node node, ReferenceTensor?[] inputs, Shape shape)
    {
        ReferenceTensor x = inputs[0]!;
        int rank = x.Shape.Rank;
        IEnumerable<long> named = node.Integers("axes") is { } listed ? listed
            : inputs.ElementAtOrDefault(1)?.Elements.Select(each => (long)each) ?? Enumerable.Range(0, rank).Select(axis => (long)axis);
        int[] axes = [.. named.Select(axis => (int)((axis + rank) % rank)).Order()];
        int[] kept = [.. Enumerable.Range(0, rank).Except(axes)];
        ReferenceTensor ordered = x.Transpose([.. kept, .. axes]);
        int length = (int)axes.Aggregate(1L, (product, axis) => product * x.Shape[axis]);
        IEnumerable<double> sums = ordered.Elements.Chunk(length).Select(run => run.Sum() / (node.OpType == "ReduceMean" ? length : 1));
        return new ReferenceTensor(shape, [.. sums]);
    }

    private static ReferenceTensor BatchNormalization(Node node, ReferenceTensor?[] inputs)
    {
        ReferenceTensor x = inputs[0]!;
        float epsilon = node.Attribute("epsilon", 1e-5f);
        return ReferenceTensor.Make(x.Shape, index =>
        {
            long c = index[1];
            return ((x[index] - inputs[3]!.Elements[c]) / Math.Sqrt(inputs[4]!.Elements[c] + epsilon) * inputs[1]!.Elements[c])
                + inputs[2]!.Elements[c];
        });
    }

    private static ReferenceTensor GroupNormalization(Node node, ReferenceTensor?[] inputs, long groups)
    {
        ReferenceTensor x = inputs[0]!;
        ReferenceTensor Spread(ReferenceTensor operand)
        {
            long repeat = x.Shape[1] / operand.Shape[0];
            return ReferenceComposites.Channels(
                ReferenceTensor.Make(new Shape(x.Shape[1]), index => operand.Elements[index[0] / repeat]), x.Shape)!;
        }

        ReferenceTensor grouped = x.Reshape(new Shape(x.Shape[0], groups, x.Shape.ElementCount / x.Shape[0] / groups));
        float epsilon = node.Attribute("epsilon", 1e-5f);
        ReferenceTensor normal = grouped.MapRuns(2, run => ReferenceComposites.Center(run, epsilon)).Reshape(x.Shape);
        return ReferenceComposites.Affine(normal, Spread(inputs[1]!), Spread(inputs[2]!));
    }

    private static ReferenceTensor[] LayerNormalization(Node node, ReferenceTensor?[] inputs, int axis, int outputs)
    {
        ReferenceTensor x = inputs[0]!;
        float epsilon = node.Attribute("epsilon", 1e-5f);
        ReferenceTensor y = ReferenceComposites.Affine(
            x.MapRuns(axis, run => ReferenceComposites.Center(run, epsilon)), inputs[1], inputs.ElementAtOrDefault(2));
        var reduced = new Shape([.. x.Shape.Dims.Select((extent, each) => each < axis ? extent : 1)]);
        int length = (int)(x.Shape.ElementCount / reduced.ElementCount);
        double[][] runs = [.. x.Elements.Chunk(length)];
        var mean = new ReferenceTensor(reduced, [.. runs.Select(run => run.Average())]);
        var inverse = new ReferenceTensor(
            reduced,
            [.. runs.Select(run => 1 / Math.Sqrt(run.Average(each => (each - run.Average()) * (each - run.Average())) + epsilon))]);
        return [.. new[] { y, mean, inverse }.Take(outputs)];
    }
}
