using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Before operator set 13 Softmax and LogSoftmax work on the input flattened to two axes at their axis. Here they become Reshape, the
/// operator on the last axis, and Reshape, so that every Softmax means the same in every operator set.
/// </summary>
internal sealed class SoftmaxPass() : RewritePass("Softmax", "LogSoftmax")
{
    public override string Name => "flattening softmax";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        string x = node.Inputs[0];
        Shape shape = editor.ShapeOf(x);
        if (editor.Opset >= 13 || shape.Rank == 0)
        {
            return;
        }

        int axis = Axes.Resolve(node, node.Attribute("axis", 1), shape.Rank);
        if (axis == shape.Rank - 1)
        {
            return;
        }

        string output = node.Outputs[0];
        long outer = new Shape(shape.Dims.AsSpan()[..axis]).ElementCount;
        long inner = new Shape(shape.Dims.AsSpan()[axis..]).ElementCount;
        string flat = editor.Reshape(slot, $"{output}/flat", x, new Shape(outer, inner));
        string softmax = editor.Insert(
            slot,
            $"{output}/{node.OpType}",
            node.OpType,
            [flat],
            editor.TypeOf(x),
            new Shape(outer, inner),
            NodeFactory.Attributes(("axis", 1L)));
        editor.Replace(slot, "Reshape", [softmax, editor.Longs(shape.Dims.AsSpan())]);
    }
}
