using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Squeeze, Unsqueeze, Flatten and Reshape become Reshape to a constant shape without 0 and -1. A node with an empty output stays.
/// </summary>
internal sealed class ReshapePass() : RewritePass("Reshape", "Squeeze", "Unsqueeze", "Flatten")
{
    public override string Name => "reshapes";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        Shape shape = editor.ShapeOf(node.Outputs[0]);
        if (shape.ElementCount == 0)
        {
            return;
        }

        string list = editor.Longs(shape.Dims.AsSpan());
        if (node.OpType != "Reshape" || node.Inputs[1] != list || !node.Attributes.IsEmpty)
        {
            editor.Replace(slot, "Reshape", [node.Inputs[0], list]);
        }
    }
}
