using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Gather (and GatherND along one axis) by constant indices that count evenly upwards becomes Slice and Reshape, which need no copy: the
/// class token of a vision transformer, the position table of a decoder.
/// </summary>
internal sealed class GatherSlicePass() : RewritePass("Gather", "GatherND")
{
    public override string Name => "gathers";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        Shape shape = editor.ShapeOf(node.Inputs[0]);
        if (AxisOf(editor, node, shape) is not { } axis || editor.Constant(node.Inputs[1]) is not { } constant
            || Progression(constant.Longs(), shape[axis]) is not var (start, step, count) || count == 0
            || (step != 1 && editor.Opset < 10))
        {
            return;
        }

        string output = node.Outputs[0];
        (ImmutableArray<string> inputs, ImmutableDictionary<string, object> attributes) =
            NodeFactory.SliceForm(editor, node.Inputs[0], axis, start, start + ((count - 1) * step) + 1, step);
        var sliced = new Shape(shape.Dims.SetItem(axis, count).AsSpan());
        string slice = editor.Insert(slot, $"{output}/slice", "Slice", inputs, editor.TypeOf(output), sliced, attributes);
        editor.Replace(slot, "Reshape", [slice, editor.Longs(editor.ShapeOf(output).Dims.AsSpan())]);
    }

    /// <summary>The one axis that is indexed; null when there are several.</summary>
    private static int? AxisOf(GraphEditor editor, Node node, Shape shape)
    {
        if (node.OpType == "Gather")
        {
            return Axes.Resolve(node, node.Attribute("axis", 0), shape.Rank);
        }

        Shape indices = editor.ShapeOf(node.Inputs[1]);
        return node.Attribute("batch_dims", 0) == 0 && indices.Rank > 0 && indices[indices.Rank - 1] == 1 ? 0 : null;
    }

    private static (long Start, long Step, long Count)? Progression(long[] indices, long extent)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] += indices[i] < 0 ? extent : 0;
        }

        if (indices.Length == 0)
        {
            return (0, 1, 0);
        }

        long step = indices.Length == 1 ? 1 : indices[1] - indices[0];
        bool even = step >= 1 && indices.Select((index, i) => index == indices[0] + (i * step)).All(match => match);
        bool inside = indices[0] >= 0 && indices[^1] < extent;
        return even && inside ? (indices[0], step, indices.Length) : null;
    }
}
