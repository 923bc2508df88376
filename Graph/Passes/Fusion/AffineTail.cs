using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>The multiplication and addition that may follow a written-out normalisation; both optional.</summary>
/// <param name="Root">Last node of the pattern.</param>
/// <param name="Scale">Static multiplier; empty for none.</param>
/// <param name="Bias">Static addend; empty for none.</param>
internal readonly record struct AffineTail(NodeSlot Root, string Scale, string Bias)
{
    /// <summary>Follows the only readers of a slot's output while their other operand is static and accepted.</summary>
    public static AffineTail Follow(GraphEditor editor, NodeSlot slot, Func<Shape, bool> accepts, bool withBias)
    {
        string scale = Operand(editor, ref slot, "Mul", accepts);
        string bias = withBias ? Operand(editor, ref slot, "Add", accepts) : "";
        return new AffineTail(slot, scale, bias);
    }

    private static string Operand(GraphEditor editor, ref NodeSlot slot, string opType, Func<Shape, bool> accepts)
    {
        string value = slot.Node.Outputs[0];
        if (editor.OnlyReader(value, opType) is not { } reader || editor.ShapeOf(reader.Node.Outputs[0]) != editor.ShapeOf(value))
        {
            return "";
        }

        string operand = reader.Node.Inputs[0] == value ? reader.Node.Inputs[1] : reader.Node.Inputs[0];
        if (!editor.IsStatic(operand) || !accepts(editor.ShapeOf(operand)))
        {
            return "";
        }

        slot = reader;
        return operand;
    }
}
