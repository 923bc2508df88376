using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>The input of an attention's softmax, read back to the product of q and the transposed k.</summary>
/// <param name="Query">[..., Lq, D].</param>
/// <param name="TransposedKey">[..., D, Lk].</param>
/// <param name="Scale">Product of all scalar factors on the scores.</param>
/// <param name="Masks">What is added to the scaled scores, outermost last.</param>
internal sealed record AttentionScores(string Query, string TransposedKey, double Scale, ImmutableArray<AttentionMask> Masks)
{
    /// <summary>Penalties at most this large swamp any score, also where a whole row is masked.</summary>
    private const double SurePenalty = -1e9;

    /// <summary>Penalties at most this large are accepted from causal masks, where no row is masked as a whole.</summary>
    private const double StaticPenalty = -1e4;

    /// <summary>Null when the value is no product of two tensors under scales and masks that only it uses.</summary>
    public static AttentionScores? Match(GraphEditor editor, string value) => Match(editor, value, 1);

    private static AttentionScores? Match(GraphEditor editor, string value, double factor)
    {
        if (!editor.HasOneReader(value) || editor.Producer(value) is not { } slot || !slot.Node.IsOnnx())
        {
            return null;
        }

        Node node = slot.Node;
        switch (node.OpType)
        {
            case "MatMul":
                return editor.ShapeOf(node.Inputs[0]).Rank >= 2 && editor.ShapeOf(node.Inputs[1]).Rank >= 2
                    ? new AttentionScores(node.Inputs[0], node.Inputs[1], factor, [])
                    : null;
            case "Mul":
                return Scaled(editor, value, node.Inputs[0], editor.Scalar(node.Inputs[1]), factor)
                    ?? Scaled(editor, value, node.Inputs[1], editor.Scalar(node.Inputs[0]), factor);
            case "Div":
                return Scaled(editor, value, node.Inputs[0], 1 / editor.Scalar(node.Inputs[1]), factor);
            case "Add":
                return Masked(editor, value, node.Inputs[0], factor, new AttentionMask(node.Inputs[1], factor, null))
                    ?? Masked(editor, value, node.Inputs[1], factor, new AttentionMask(node.Inputs[0], factor, null));
            case "Sub":
                return Masked(editor, value, node.Inputs[0], factor, new AttentionMask(node.Inputs[1], -factor, null));
            case "Where":
                return Selected(editor, value, node, 1, factor) ?? Selected(editor, value, node, 2, factor);
            default:
                return null;
        }
    }

    private static AttentionScores? Scaled(GraphEditor editor, string value, string scores, double? by, double factor) =>
        by is { } scale && double.IsFinite(scale) && editor.ShapeOf(scores) == editor.ShapeOf(value)
            ? Match(editor, scores, factor * scale)
            : null;

    private static AttentionScores? Masked(GraphEditor editor, string value, string scores, double factor, AttentionMask mask)
    {
        if (editor.IsStatic(scores) || editor.ShapeOf(scores) != editor.ShapeOf(value)
            || Match(editor, scores, factor) is not { } inner)
        {
            return null;
        }

        return inner with { Masks = inner.Masks.Add(mask) };
    }

    /// <summary>
    /// Where(condition, scores, penalty) or Where(condition, penalty, scores): a penalty where the scores are not chosen.
    /// </summary>
    private static AttentionScores? Selected(GraphEditor editor, string value, Node where, int scoresAt, double factor)
    {
        bool isPenalty = editor.Uniform(where.Inputs[3 - scoresAt]) is { } penalty && factor > 0
            && penalty <= (editor.IsStatic(where.Inputs[0]) ? StaticPenalty : SurePenalty);
        if (!isPenalty)
        {
            return null;
        }

        double added = factor * editor.Uniform(where.Inputs[3 - scoresAt])!.Value;
        return Masked(
            editor, value, where.Inputs[scoresAt], factor, new AttentionMask(where.Inputs[0], added, KeptWhenTrue: scoresAt == 1));
    }
}
