using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// BatchNormalization becomes x * s + t per channel with s = scale / sqrt(var + epsilon) and t = bias - mean * s, both computed from
/// weights alone. <see cref="ConvAffinePass"/> then folds them into a convolution; after a MatMul they are its epilogue.
/// </summary>
internal sealed class BatchNormalizationPass() : RewritePass("BatchNormalization")
{
    public override string Name => "batch normalisation";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        if (node.Attribute("training_mode", 0) != 0 || node.Attribute("spatial", 1) == 0)
        {
            throw new ModelException($"{node}: only inference over channels is supported (training_mode 0, spatial 1)");
        }

        if (node.Outputs.Skip(1).Any(output => output.Length > 0 && !editor.IsUnused(output)))
        {
            throw new ModelException($"{node}: running statistics are not available in inference");
        }

        string output = node.Outputs[0];
        string x = node.Inputs[0];
        (string scale, string bias, string mean, string variance) = (node.Inputs[1], node.Inputs[2], node.Inputs[3], node.Inputs[4]);
        string epsilon = editor.ScalarConstant(editor.TypeOf(variance), node.Attribute("epsilon", 1e-5f));
        string shifted = editor.Binary(slot, $"{output}/variance", "Add", variance, epsilon);
        string deviation = editor.Unary(slot, $"{output}/deviation", "Sqrt", shifted);
        string factor = editor.Binary(slot, $"{output}/factor", "Div", scale, deviation);
        string offset = editor.Binary(slot, $"{output}/offset", "Mul", mean, factor);
        string shift = editor.Binary(slot, $"{output}/shift", "Sub", bias, offset);

        Shape channels = PerChannel(editor.ShapeOf(factor)[0], editor.ShapeOf(x).Rank);
        factor = editor.Reshape(slot, $"{output}/factor", factor, channels);
        shift = editor.Reshape(slot, $"{output}/shift", shift, channels);
        string scaled = editor.Insert(slot, $"{output}/scaled", "Mul", [x, factor], editor.TypeOf(output), editor.ShapeOf(output));
        editor.Replace(slot, "Add", [scaled, shift]);
    }

    /// <summary>[C, 1, ...] so that it lines up with axis 1 of a tensor of the given rank.</summary>
    private static Shape PerChannel(long channels, int rank)
    {
        var dims = new long[Math.Max(rank - 1, 1)];
        Array.Fill(dims, 1);
        dims[0] = channels;
        return new Shape(dims);
    }
}
