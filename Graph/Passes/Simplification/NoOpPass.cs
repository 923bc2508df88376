using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Simplification;

/// <summary>
/// Removes nodes that give back one of their inputs: identities, no-op casts, pads and tiles, arithmetic with neutral constants.
/// </summary>
internal sealed class NoOpPass() : RewritePass(
    "Identity", "Dropout", "Cast", "Pad", "Tile", "Expand", "Concat", "Slice", "Sum", "Max", "Min", "Mean",
    "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Where")
{
    public override string Name => "no-ops";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        string? equal = node.OpType switch
        {
            "Identity" => node.Inputs[0],
            "Dropout" => Dropout(editor, node),
            "Cast" => node.Inputs[0],
            "Pad" => Pad(editor, node),
            "Tile" or "Expand" => node.Inputs[0],
            "Concat" or "Sum" or "Max" or "Min" or "Mean" => node.Inputs.Length == 1 ? node.Inputs[0] : null,
            "Slice" => Slice(editor, node),
            "Add" or "Or" => Neutral(editor, node, 0, eitherSide: true),
            "Sub" => Neutral(editor, node, 0, eitherSide: false),
            "Mul" or "And" => Neutral(editor, node, 1, eitherSide: true),
            "Div" or "Pow" => Neutral(editor, node, 1, eitherSide: false),
            "Where" => Where(editor, node),
            _ => null,
        };

        // Broadcasting, tiling, casting and slicing all show in type or shape: equal infos mean an equal value.
        if (equal is not null && editor.TypeOf(equal) == editor.TypeOf(node.Outputs[0])
            && editor.ShapeOf(equal) == editor.ShapeOf(node.Outputs[0]))
        {
            editor.TryForward(slot, equal);
        }
    }

    private static string? Dropout(GraphEditor editor, Node node)
    {
        bool maskIsRead = node.Outputs.Length > 1 && !editor.IsUnused(node.Outputs[1]);
        bool trains = node.Input(2).Length > 0 && editor.Uniform(node.Input(2)) != 0;
        return maskIsRead || trains ? null : node.Inputs[0];
    }

    private static string? Pad(GraphEditor editor, Node node)
    {
        bool pads = node.Integers("pads") is { } list ? list.Any(pad => pad != 0) : editor.Uniform(node.Input(1)) != 0;
        return pads ? null : node.Inputs[0];
    }

    private static string? Slice(GraphEditor editor, Node node)
    {
        bool hasSteps = node.Input(4).Length > 0;
        return hasSteps && (editor.Constant(node.Input(4)) is not { } steps || steps.Longs().Any(step => step != 1))
            ? null
            : node.Inputs[0];
    }

    private static string? Neutral(GraphEditor editor, Node node, double neutral, bool eitherSide)
    {
        if (editor.Uniform(node.Inputs[1]) == neutral)
        {
            return node.Inputs[0];
        }

        return eitherSide && editor.Uniform(node.Inputs[0]) == neutral ? node.Inputs[1] : null;
    }

    private static string? Where(GraphEditor editor, Node node) => editor.TypeOf(node.Inputs[0]) != ElementType.Bool
        ? null
        : editor.Uniform(node.Inputs[0]) switch
        {
            null => null,
            0 => node.Inputs[2],
            _ => node.Inputs[1],
        };
}
