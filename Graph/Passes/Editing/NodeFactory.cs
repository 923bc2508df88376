using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.Shapes;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>Inserts common ONNX nodes before a slot in the form of the graph's operator set. Each returns the new value's name.</summary>
internal static class NodeFactory
{
    public static ImmutableDictionary<string, object> Attributes(params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var result = ImmutableDictionary.CreateBuilder<string, object>();
        foreach ((string name, object value) in attributes)
        {
            result[name] = value;
        }

        return result.ToImmutable();
    }

    /// <summary>The value itself when it has the shape already.</summary>
    public static string Reshape(this GraphEditor editor, NodeSlot before, string hint, string value, Shape shape) =>
        editor.ShapeOf(value) == shape
            ? value
            : editor.Insert(before, hint, "Reshape", [value, editor.Longs(shape.Dims.AsSpan())], editor.TypeOf(value), shape);

    /// <summary>The value itself when nothing moves.</summary>
    public static string Transpose(this GraphEditor editor, NodeSlot before, string hint, string value, params int[] permutation)
    {
        if (permutation.SequenceEqual(Enumerable.Range(0, permutation.Length)))
        {
            return value;
        }

        Shape shape = editor.ShapeOf(value);
        return editor.Insert(
            before,
            hint,
            "Transpose",
            [value],
            editor.TypeOf(value),
            new Shape([.. permutation.Select(axis => shape[axis])]),
            Permutation(permutation));
    }

    public static ImmutableDictionary<string, object> Permutation(IEnumerable<int> permutation) =>
        Attributes(("perm", permutation.Select(axis => (long)axis).ToImmutableArray()));

    /// <summary>Exchanges the last two axes.</summary>
    public static string SwapLast(this GraphEditor editor, NodeSlot before, string hint, string value)
    {
        int[] permutation = [.. Enumerable.Range(0, editor.ShapeOf(value).Rank)];
        (permutation[^1], permutation[^2]) = (permutation[^2], permutation[^1]);
        return editor.Transpose(before, hint, value, permutation);
    }

    /// <summary>A binary operator with broadcasting.</summary>
    public static string Binary(this GraphEditor editor, NodeSlot before, string hint, string opType, string left, string right)
    {
        Shape shape = Broadcast.TryJoin(editor.ShapeOf(left), editor.ShapeOf(right))
            ?? throw new ArgumentException($"{opType}: {editor.ShapeOf(left)} and {editor.ShapeOf(right)} do not broadcast");
        return editor.Insert(before, hint, opType, [left, right], editor.TypeOf(left), shape);
    }

    /// <summary>An operator of one input that keeps type and shape.</summary>
    public static string Unary(this GraphEditor editor, NodeSlot before, string hint, string opType, string value) =>
        editor.Insert(before, hint, opType, [value], editor.TypeOf(value), editor.ShapeOf(value));

    /// <summary>The value itself when it has the shape already.</summary>
    public static string Expand(this GraphEditor editor, NodeSlot before, string hint, string value, Shape shape) =>
        editor.ShapeOf(value) == shape
            ? value
            : editor.Insert(before, hint, "Expand", [value, editor.Longs(shape.Dims.AsSpan())], editor.TypeOf(value), shape);

    /// <summary>ReduceMean or ReduceSum: axes are an input of ReduceSum since operator set 13 and of ReduceMean since 18.</summary>
    public static string Reduce(
        this GraphEditor editor, NodeSlot before, string hint, string opType, string value, int[] axes, bool keepAxes)
    {
        Shape shape = editor.ShapeOf(value);
        IEnumerable<long> dims = keepAxes
            ? shape.Dims.Select((extent, axis) => axes.Contains(axis) ? 1 : extent)
            : shape.Dims.Where((_, axis) => !axes.Contains(axis));
        (ImmutableArray<string> inputs, ImmutableDictionary<string, object> attributes) = ReduceForm(editor, opType, value, axes, keepAxes);
        return editor.Insert(before, hint, opType, inputs, editor.TypeOf(value), new Shape([.. dims]), attributes);
    }

    /// <summary>Inputs and attributes of a reduction in the graph's operator set.</summary>
    public static (ImmutableArray<string> Inputs, ImmutableDictionary<string, object> Attributes) ReduceForm(
        GraphEditor editor, string opType, string value, int[] axes, bool keepAxes)
    {
        long[] list = [.. axes.Select(axis => (long)axis)];
        ImmutableDictionary<string, object> attributes = Attributes(("keepdims", keepAxes ? 1L : 0L));
        return editor.Opset >= (opType == "ReduceSum" ? 13 : 18)
            ? ([value, editor.Longs(list)], attributes)
            : ([value], attributes.SetItem("axes", list.ToImmutableArray()));
    }

    /// <summary>Inputs and attributes of a Slice of one axis in the graph's operator set; before 10 there is no step but 1.</summary>
    public static (ImmutableArray<string> Inputs, ImmutableDictionary<string, object> Attributes) SliceForm(
        GraphEditor editor, string value, int axis, long start, long end, long step)
    {
        if (editor.Opset >= 10)
        {
            ImmutableArray<string> inputs = [value, editor.Longs(start), editor.Longs(end), editor.Longs(axis)];
            return (step == 1 ? inputs : inputs.Add(editor.Longs(step)), ImmutableDictionary<string, object>.Empty);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(step, 1);
        return ([value], Attributes(
            ("axes", ImmutableArray.Create((long)axis)), ("starts", ImmutableArray.Create(start)), ("ends", ImmutableArray.Create(end))));
    }
}
