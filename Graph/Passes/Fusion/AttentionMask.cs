using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>One contribution to an attention's mask.</summary>
/// <param name="Value">The addend, or the condition that selects between score and penalty.</param>
/// <param name="Factor">What the addend is multiplied by, or the penalty.</param>
/// <param name="KeptWhenTrue">For a condition: the score stays where it equals this. Null for an addend.</param>
internal sealed record AttentionMask(string Value, double Factor, bool? KeptWhenTrue)
{
    /// <summary>Inserts what makes the contribution an additive mask, and returns its name.</summary>
    public string Insert(GraphEditor editor, NodeSlot before, string hint, ElementType type)
    {
        if (KeptWhenTrue is not { } kept)
        {
            return Factor == 1 ? Value : editor.Binary(before, hint, "Mul", Value, editor.ScalarConstant(type, Factor));
        }

        string zero = editor.ScalarConstant(type, 0);
        string penalty = editor.ScalarConstant(type, Factor);
        return editor.Insert(
            before, hint, "Where", kept ? [Value, zero, penalty] : [Value, penalty, zero], type, editor.ShapeOf(Value));
    }
}
