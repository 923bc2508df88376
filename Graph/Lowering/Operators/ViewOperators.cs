using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Operators whose outputs are other walks over their first input's elements: they cost no kernel. A rule returns null when the walk has
/// no such form; from a dense tensor it always has one.
/// </summary>
internal static class ViewOperators
{
    private delegate TensorView? Rule(LoweringContext context, Node node, int output, TensorView source);

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["Reshape"] = Reshape,
        ["Flatten"] = Reshape,
        ["Squeeze"] = Reshape,
        ["Unsqueeze"] = Reshape,
        ["Identity"] = static (_, _, _, source) => source,
        ["Dropout"] = static (_, _, _, source) => source,
        ["Cast"] = static (_, _, _, source) => source,
        ["CastLike"] = static (_, _, _, source) => source,
        ["Sum"] = static (_, _, _, source) => source,
        ["Max"] = static (_, _, _, source) => source,
        ["Min"] = static (_, _, _, source) => source,
        ["Mean"] = static (_, _, _, source) => source,
        ["Clip"] = static (_, _, _, source) => source,
        ["Transpose"] = Transpose,
        ["Slice"] = Slice,
        ["Split"] = Split,
        ["Expand"] = static (context, node, output, source) => source.BroadcastTo(context.Info(node.Outputs[output]).Shape),
        ["Tile"] = Tile,
        ["Gather"] = GatherProgression,
        ["DepthToSpace"] = DepthToSpace,
        ["SpaceToDepth"] = SpaceToDepth,
        ["Pad"] = Crop,
    };

    /// <summary>True when the node only rearranges, repeats or renames elements.</summary>
    public static bool Handles(LoweringContext context, Node node)
    {
        if (!Rules.ContainsKey(node.Operator()) || !node.Has(0))
        {
            return false;
        }

        switch (node.OpType)
        {
            case "Dropout":
                return node.Outputs.Length < 2 || context.UsesOf(node.Outputs[1]) == 0;
            case "Cast":
            case "CastLike":
                return KeepsElements(context.Info(node.Inputs[0]).Type, context.Info(node.Outputs[0]).Type);
            case "Sum" or "Max" or "Min" or "Mean":
                return node.Inputs.Length == 1;
            case "Clip":
                return !node.Has(1) && !node.Has(2)
                    && !node.Attributes.ContainsKey("min") && !node.Attributes.ContainsKey("max");
            case "Gather":
                return Progression(context, node) is not null;
            case "Pad":
                return PadOperator.Amounts(context, node) is { } amounts && Array.TrueForAll(amounts, static amount => amount <= 0);
            default:
                return true;
        }
    }

    /// <summary>True when <see cref="Handles"/> may hold for nodes of this operator.</summary>
    public static bool MayHandle(Node node) => Rules.ContainsKey(node.Operator());

    /// <summary>Walk of an output; null when the source has to be copied first.</summary>
    public static TensorView? Walk(LoweringContext context, Node node, int output, TensorView source) =>
        Rules[node.OpType](context, node, output, source);

    private static TensorView? Reshape(LoweringContext context, Node node, int output, TensorView source) =>
        source.TryReshape(context.Info(node.Outputs[output]).Shape);

    private static TensorView Transpose(LoweringContext context, Node node, int output, TensorView source)
    {
        var order = new int[source.Rank];
        ImmutableArray<long>? permutation = node.Integers("perm");
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = permutation is { } given ? node.Axis(given[i], source.Rank) : source.Rank - 1 - i;
        }

        return source.Transpose(order);
    }

    private static TensorView? Slice(LoweringContext context, Node node, int output, TensorView source)
    {
        long[] starts = context.KnownIntegers(node, 1) ?? [.. node.Integers("starts") ?? []];
        long[] ends = context.KnownIntegers(node, 2) ?? [.. node.Integers("ends") ?? []];
        long[]? axes = context.KnownIntegers(node, 3) ?? (node.Integers("axes") is { } listed ? [.. listed] : null);
        long[]? steps = context.KnownIntegers(node, 4);
        Shape shape = source.Shape;
        TensorView? view = source;
        for (int i = 0; i < starts.Length && view is not null; i++)
        {
            int axis = node.Axis(axes?[i] ?? i, shape.Rank);
            (long start, long count, long step) = Range(shape[axis], starts[i], ends[i], steps?[i] ?? 1);
            if (count != shape[axis] || step != 1)
            {
                view = view.TrySlice(axis, start, count, step);
            }
        }

        return view;
    }

    /// <summary>ONNX Slice: clamps the bounds to the extent and counts the steps.</summary>
    private static (long Start, long Count, long Step) Range(long extent, long start, long end, long step)
    {
        start = start < 0 ? start + extent : start;
        end = end < 0 ? Math.Max(end, -extent - 1) + extent : end;
        if (step > 0)
        {
            start = Math.Clamp(start, 0, extent);
            end = Math.Clamp(end, 0, extent);
            return (start, end > start ? ((end - start - 1) / step) + 1 : 0, step);
        }

        start = Math.Clamp(start, -1, extent - 1);
        end = Math.Clamp(end, -1, extent - 1);
        long back = step == long.MinValue ? long.MaxValue : -step;
        return (start, end < start ? ((start - end - 1) / back) + 1 : 0, step);
    }

    private static TensorView? Split(LoweringContext context, Node node, int output, TensorView source)
    {
        int axis = node.Axis(node.Attribute("axis", 0L), source.Rank);
        long start = 0;
        for (int i = 0; i < output; i++)
        {
            start += context.Info(node.Outputs[i]).Shape[axis];
        }

        long count = context.Info(node.Outputs[output]).Shape[axis];
        return count == source.Shape[axis] ? source : source.TrySlice(axis, start, count, 1);
    }

    private static TensorView Tile(LoweringContext context, Node node, int output, TensorView source)
    {
        Shape shape = source.Shape;
        Shape tiled = context.Info(node.Outputs[output]).Shape;
        var axes = new List<List<ViewFactor>>();
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long times = shape[axis] == 0 ? 1 : tiled[axis] / shape[axis];
            axes.Add([new ViewFactor(times, 0), .. source.Axes[axis]]);
        }

        return TensorView.FromFactors(source.Type, axes, source.Offset);
    }

    private static TensorView? GatherProgression(LoweringContext context, Node node, int output, TensorView source)
    {
        (int axis, long start, long count, long step) = Progression(context, node)!.Value;
        if (source.TrySlice(axis, start, count, step) is not { } slice)
        {
            return null;
        }

        // The indices' axes, of which at most one is longer than 1, take the place of the gathered axis.
        Shape indices = context.Info(node.Inputs[1]).Shape;
        var axes = new List<ImmutableArray<ViewFactor>>(slice.Axes[..axis]);
        foreach (long extent in indices.Dims)
        {
            axes.Add(extent == 1 ? [] : slice.Axes[axis]);
        }

        axes.AddRange(slice.Axes[(axis + 1)..]);
        return TensorView.FromFactors(slice.Type, axes.Select(static factors => (IEnumerable<ViewFactor>)factors), slice.Offset);
    }

    /// <summary>Constant indices that step evenly along one of their axes, as a slice; null for any others.</summary>
    private static (int Axis, long Start, long Count, long Step)? Progression(LoweringContext context, Node node)
    {
        if (context.Known(context.Input(node, 1)) is not { } indices)
        {
            return null;
        }

        Shape data = context.Info(node.Inputs[0]).Shape;
        int axis = node.Axis(node.Attribute("axis", 0L), data.Rank);
        int longAxes = 0;
        foreach (long extent in indices.Shape.Dims)
        {
            longAxes += extent != 1 ? 1 : 0;
        }

        long count = indices.Shape.ElementCount;
        if (longAxes > 1 || count == 0)
        {
            return null;
        }

        long first = Index(0);
        long step = count > 1 ? Index(1) - first : 1;
        for (long i = 0; i < count; i++)
        {
            if (Index(i) != first + (i * step))
            {
                return null;
            }
        }

        return (axis, first, count, step);

        long Index(long position)
        {
            long index = indices.Integer(position);
            return index < 0 ? index + data[axis] : index;
        }
    }

    private static TensorView? DepthToSpace(LoweringContext context, Node node, int output, TensorView source)
    {
        long block = node.Attribute("blocksize", 1L);
        long channels = source.Shape[1] / (block * block);
        bool columnFirst = node.Attribute("mode", "DCR") == "CRD";
        TensorView? split = columnFirst
            ? source.TrySplitAxis(1, channels, block, block)
            : source.TrySplitAxis(1, block, block, channels);
        return columnFirst
            ? split?.Group([0], [1], [4, 2], [5, 3])
            : split?.Group([0], [3], [4, 1], [5, 2]);
    }

    private static TensorView? SpaceToDepth(LoweringContext context, Node node, int output, TensorView source)
    {
        long block = node.Attribute("blocksize", 1L);
        Shape shape = source.Shape;
        return source.TrySplitAxis(3, shape[3] / block, block)?.TrySplitAxis(2, shape[2] / block, block)
            ?.Group([0], [3, 5, 1], [2], [4]);
    }

    private static TensorView? Crop(LoweringContext context, Node node, int output, TensorView source)
    {
        long[] amounts = PadOperator.Amounts(context, node)!;
        Shape shape = source.Shape;
        TensorView? view = source;
        for (int axis = 0; axis < shape.Rank && view is not null; axis++)
        {
            long before = amounts[axis];
            long count = shape[axis] + before + amounts[axis + shape.Rank];
            view = count == shape[axis] ? view : view.TrySlice(axis, -before, count, 1);
        }

        return view;
    }

    private static bool KeepsElements(ElementType from, ElementType to)
    {
        if (from.IsFloat() || to.IsFloat())
        {
            return from.IsFloat() && to.IsFloat();
        }

        return to switch
        {
            ElementType.Int32 or ElementType.Int64 or ElementType.UInt32 or ElementType.UInt64 => true,
            ElementType.UInt8 => from is ElementType.Bool or ElementType.UInt8,
            ElementType.Int8 => from is ElementType.Bool or ElementType.Int8,
            ElementType.Int16 => from is ElementType.Bool or ElementType.UInt8 or ElementType.Int8 or ElementType.Int16,
            ElementType.UInt16 => from is ElementType.Bool or ElementType.UInt8 or ElementType.UInt16,
            _ => from == to,
        };
    }
}
