using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// The heart of a written-out normalisation: numerator / sqrt(mean(square of a value) + epsilon), spelled as Div, or as Mul by
/// Reciprocal, by 1 / sqrt or by a power of -0.5.
/// </summary>
/// <param name="Numerator">What is divided.</param>
/// <param name="Squared">The value whose squares are averaged.</param>
/// <param name="Epsilon">Added to the mean; 0 when nothing is.</param>
/// <param name="Axes">Axes averaged over, ascending; the mean keeps them.</param>
internal sealed record InverseDeviation(string Numerator, string Squared, float Epsilon, int[] Axes)
{
    public static InverseDeviation? Match(GraphEditor editor, Node node)
    {
        if (node.OpType == "Div")
        {
            return Root(editor, node.Inputs[1]) is { } variance ? OfVariance(editor, node.Inputs[0], variance) : null;
        }

        for (int side = 0; side < 2; side++)
        {
            if (Inverted(editor, node.Inputs[side]) is { } variance)
            {
                return OfVariance(editor, node.Inputs[1 - side], variance);
            }
        }

        return null;
    }

    /// <summary>v of sqrt(v).</summary>
    private static string? Root(GraphEditor editor, string value) => editor.Producer(value, "Sqrt")?.Node.Inputs[0];

    /// <summary>v of 1 / sqrt(v).</summary>
    private static string? Inverted(GraphEditor editor, string value)
    {
        if (editor.Producer(value) is not { } slot || !slot.Node.IsOnnx())
        {
            return null;
        }

        return slot.Node.OpType switch
        {
            "Reciprocal" => Root(editor, slot.Node.Inputs[0]),
            "Div" => editor.Uniform(slot.Node.Inputs[0]) == 1 ? Root(editor, slot.Node.Inputs[1]) : null,
            "Pow" => editor.Uniform(slot.Node.Inputs[1]) == -0.5 ? slot.Node.Inputs[0] : null,
            _ => null,
        };
    }

    private static InverseDeviation? OfVariance(GraphEditor editor, string numerator, string variance)
    {
        double epsilon = 0;
        if (editor.Producer(variance, "Add")?.Node is { } add)
        {
            int constant = editor.Uniform(add.Inputs[1]) is not null ? 1 : 0;
            if (editor.Uniform(add.Inputs[constant]) is not { } addend)
            {
                return null;
            }

            epsilon = addend;
            variance = add.Inputs[1 - constant];
        }

        if (editor.Producer(variance, "ReduceMean")?.Node is not { } mean || mean.Attribute("keepdims", 1) == 0
            || editor.Producer(mean.Inputs[0], "Mul")?.Node is not { } square || square.Inputs[0] != square.Inputs[1]
            || Editing.Axes.Reduced(editor, mean) is not { } axes
            || editor.ShapeOf(numerator) != editor.ShapeOf(square.Inputs[0]))
        {
            return null;
        }

        return new InverseDeviation(numerator, square.Inputs[0], (float)epsilon, axes);
    }
}
