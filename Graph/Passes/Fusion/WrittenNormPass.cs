using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// Written-out layer normalisation (of x - mean) and RMS normalisation (of x itself) over trailing axes become
/// <see cref="Composites.LayerNorm"/> and <see cref="Composites.RmsNorm"/>, with the scale and bias that follow.
/// </summary>
internal sealed class WrittenNormPass() : RewritePass("Div", "Mul")
{
    public override string Name => "written-out norms";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        if (InverseDeviation.Match(editor, slot.Node) is not { } match || match.Numerator != match.Squared
            || editor.IsStatic(match.Numerator))
        {
            return;
        }

        Shape shape = editor.ShapeOf(match.Numerator);
        if (Axes.Trailing(match.Axes, shape.Rank) is not { } axis)
        {
            return;
        }

        string? centered = Centered(editor, match);
        AffineTail tail = AffineTail.Follow(editor, slot, operand => Axes.IsInner(operand, shape, axis), withBias: centered is not null);
        (string opType, string x) = centered is null ? (Composites.RmsNorm, match.Numerator) : (Composites.LayerNorm, centered);
        editor.Replace(
            tail.Root,
            opType,
            tail.Bias.Length > 0 ? [x, tail.Scale, tail.Bias] : [x, tail.Scale],
            NodeFactory.Attributes((Composites.Epsilon, match.Epsilon), (Composites.Axis, (long)axis)),
            Composites.Domain);
    }

    /// <summary>x when the numerator is x - mean(x) over the same axes.</summary>
    private static string? Centered(GraphEditor editor, InverseDeviation match)
    {
        if (editor.Producer(match.Numerator, "Sub")?.Node is not { } difference
            || editor.Producer(difference.Inputs[1], "ReduceMean")?.Node is not { } mean
            || mean.Inputs[0] != difference.Inputs[0] || mean.Attribute("keepdims", 1) == 0
            || Axes.Reduced(editor, mean) is not { } axes || !axes.SequenceEqual(match.Axes))
        {
            return null;
        }

        return difference.Inputs[0];
    }
}
