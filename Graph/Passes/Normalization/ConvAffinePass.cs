using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Folds a multiplication or addition per output channel that follows a convolution into its weight and bias. The factors are known
/// before the run, so the new weight is a subgraph of weights, evaluated once at packing.
/// </summary>
internal sealed class ConvAffinePass() : RewritePass("Conv", "ConvTranspose")
{
    public override string Name => "affine into convolution";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        NodeSlot? conv = slot;
        while (conv is not null)
        {
            conv = TryFold(editor, conv);
        }
    }

    /// <summary>Folds the next operator and returns the convolution in its place; null when there is none to fold.</summary>
    private static NodeSlot? TryFold(GraphEditor editor, NodeSlot conv)
    {
        string output = conv.Node.Outputs[0];
        string bias = conv.Node.Input(2);
        NodeSlot? reader = editor.OnlyReader(output, "Mul") ?? editor.OnlyReader(output, "Add");
        if (reader is null || !editor.IsStatic(conv.Node.Inputs[1]) || (bias.Length > 0 && !editor.IsStatic(bias)))
        {
            return null;
        }

        string operand = reader.Node.Inputs[0] == output ? reader.Node.Inputs[1] : reader.Node.Inputs[0];
        if (!editor.IsStatic(operand) || !IsPerChannel(editor.ShapeOf(operand), editor.ShapeOf(output)))
        {
            return null;
        }

        string name = reader.Node.Outputs[0];
        string channels = editor.Reshape(reader, $"{name}/channels", operand, new Shape(editor.ShapeOf(operand).ElementCount));
        string weight = conv.Node.Inputs[1];
        if (reader.Node.OpType == "Mul")
        {
            weight = ScaleWeight(editor, conv.Node, reader, channels);
            bias = bias.Length == 0 ? "" : editor.Binary(reader, $"{name}/bias", "Mul", bias, channels);
        }
        else
        {
            bias = bias.Length > 0
                ? editor.Binary(reader, $"{name}/bias", "Add", bias, channels)
                : editor.Expand(reader, $"{name}/bias", channels, new Shape(editor.ShapeOf(output)[1]));
        }

        ImmutableArray<string> inputs = [conv.Node.Inputs[0], weight];
        Node folded = conv.Node;
        editor.Replace(reader, folded.OpType, bias.Length == 0 ? inputs : inputs.Add(bias), folded.Attributes);
        return reader;
    }

    /// <summary>True when an operand is one number, or one per channel (axis 1).</summary>
    private static bool IsPerChannel(Shape operand, Shape output)
    {
        if (operand.Rank > output.Rank)
        {
            return false;
        }

        int missing = output.Rank - operand.Rank;
        return operand.Dims.Select((extent, axis) => extent == 1 || (axis + missing == 1 && extent == output[1])).All(match => match);
    }

    private static string ScaleWeight(GraphEditor editor, Node conv, NodeSlot before, string factors)
    {
        string weight = conv.Inputs[1];
        string hint = $"{before.Node.Outputs[0]}/weight";
        Shape shape = editor.ShapeOf(weight);
        long count = editor.ShapeOf(factors).ElementCount;
        long groups = conv.Attribute("group", 1);
        long[] ones = [.. Enumerable.Repeat(1L, shape.Rank - 2)];
        if (conv.OpType == "Conv" || count == 1)
        {
            return editor.Binary(before, hint, "Mul", weight, editor.Reshape(before, hint, factors, new Shape([count, 1, .. ones])));
        }

        // A transposed convolution's weight is [groups x inputs of a group, outputs of a group, ...].
        long inputs = shape[0] / groups;
        string grouped = editor.Reshape(before, hint, weight, new Shape([groups, inputs, .. shape.Dims[1..]]));
        string factor = editor.Reshape(before, hint, factors, new Shape([groups, 1, shape[1], .. ones]));
        return editor.Reshape(before, hint, editor.Binary(before, hint, "Mul", grouped, factor), shape);
    }
}
