using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// MatMul, scales, masks, Softmax over the last axis and MatMul become <see cref="Composites.Attention"/>. A product with a static key or
/// value stays: its weight streams better through a MatMul.
/// </summary>
internal sealed class AttentionPass() : RewritePass("MatMul")
{
    public override string Name => "attention";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        string probabilities = slot.Node.Inputs[0];
        string value = slot.Node.Inputs[1];
        if (!editor.HasOneReader(probabilities) || editor.Producer(probabilities, "Softmax") is not { } softmax
            || editor.ShapeOf(value).Rank < 2 || !NormalizesLastAxis(editor, softmax.Node)
            || AttentionScores.Match(editor, softmax.Node.Inputs[0]) is not { } scores
            || editor.IsStatic(scores.TransposedKey) || editor.IsStatic(value))
        {
            return;
        }

        Shape shape = editor.ShapeOf(probabilities);
        ImmutableArray<long> leading = shape.Dims[..^2];
        if (!editor.ShapeOf(slot.Node.Outputs[0]).Dims[..^2].AsSpan().SequenceEqual(leading.AsSpan()))
        {
            return;
        }

        string hint = slot.Node.Outputs[0];
        (string query, double queryFactor) = ScalarFactor.Peel(editor, slot, scores.Query);
        (string key, double keyFactor) = ScalarFactor.Peel(editor, slot, scores.TransposedKey);
        key = editor.SwapLast(slot, $"{hint}/key", key);
        string mask = Mask(editor, slot, scores.Masks, editor.TypeOf(probabilities));
        ImmutableArray<string> inputs =
        [
            Spread(editor, slot, $"{hint}/query", query, leading),
            Spread(editor, slot, $"{hint}/key", key, leading),
            Spread(editor, slot, $"{hint}/value", value, leading),
        ];
        editor.Replace(
            slot,
            Composites.Attention,
            mask.Length > 0 ? inputs.Add(mask) : inputs,
            NodeFactory.Attributes((Composites.Scale, (float)(scores.Scale * queryFactor * keyFactor))),
            Composites.Domain);
    }

    private static bool NormalizesLastAxis(GraphEditor editor, Node softmax)
    {
        int rank = editor.ShapeOf(softmax.Inputs[0]).Rank;
        return Axes.Resolve(softmax, softmax.Attribute("axis", editor.Opset >= 13 ? -1 : 1), rank) == rank - 1;
    }

    /// <summary>The sum of all contributions, static ones first so that they are one static value; empty for none.</summary>
    private static string Mask(GraphEditor editor, NodeSlot slot, ImmutableArray<AttentionMask> masks, ElementType type)
    {
        string sum = "";
        string hint = $"{slot.Node.Outputs[0]}/mask";
        foreach (AttentionMask mask in masks.OrderBy(mask => editor.IsStatic(mask.Value) ? 0 : 1))
        {
            string addend = mask.Insert(editor, slot, hint, type);
            sum = sum.Length == 0 ? addend : editor.Binary(slot, hint, "Add", sum, addend);
        }

        return sum;
    }

    /// <summary>Repeats an operand along leading axes that MatMul would broadcast.</summary>
    private static string Spread(GraphEditor editor, NodeSlot slot, string hint, string value, ImmutableArray<long> leading)
    {
        Shape shape = editor.ShapeOf(value);
        return editor.Expand(slot, hint, value, new Shape([.. leading, shape[shape.Rank - 2], shape[shape.Rank - 1]]));
    }
}
