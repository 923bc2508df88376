using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// The ONNX operators LayerNormalization and RMSNormalization become <see cref="Composites.LayerNorm"/> and
/// <see cref="Composites.RmsNorm"/>. The mean and the inverse deviation, where a model reads them, are computed by nodes of their own.
/// </summary>
internal sealed class LayerNormPass() : RewritePass("LayerNormalization", "RMSNormalization")
{
    public override string Name => "layer and RMS norms";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        string x = node.Inputs[0];
        if (editor.IsStatic(x))
        {
            return;
        }

        Shape shape = editor.ShapeOf(x);
        int axis = Axes.Resolve(node, node.Attribute("axis", -1), shape.Rank);
        foreach (string operand in node.Inputs.Skip(1).Where(operand => operand.Length > 0))
        {
            if (!Axes.IsInner(editor.ShapeOf(operand), shape, axis))
            {
                throw new ModelException(
                    $"{node}: scale or bias of shape {editor.ShapeOf(operand)} for axes from {axis} of input {shape}");
            }
        }

        float epsilon = node.Attribute("epsilon", 1e-5f);
        ImmutableArray<string> extra = [.. node.Outputs.Skip(1)];
        editor.Replace(
            slot,
            node.OpType == "RMSNormalization" ? Composites.RmsNorm : Composites.LayerNorm,
            node.Inputs,
            NodeFactory.Attributes((Composites.Epsilon, epsilon), (Composites.Axis, (long)axis)),
            Composites.Domain);
        if (extra.Any(output => output.Length > 0 && !editor.IsUnused(output)))
        {
            Statistics(editor, slot, x, [.. Enumerable.Range(axis, shape.Rank - axis)], epsilon, extra);
        }
    }

    private static void Statistics(
        GraphEditor editor, NodeSlot slot, string x, int[] axes, float epsilon, ImmutableArray<string> outputs)
    {
        string hint = slot.Node.Outputs[0];
        (ImmutableArray<string> inputs, ImmutableDictionary<string, object> attributes) =
            NodeFactory.ReduceForm(editor, "ReduceMean", x, axes, keepAxes: true);
        string mean = outputs[0];
        if (mean.Length == 0)
        {
            mean = editor.Reduce(slot, $"{hint}/mean", "ReduceMean", x, axes, keepAxes: true);
        }
        else
        {
            editor.Define(slot, mean, "ReduceMean", inputs, attributes);
        }

        if (outputs.Length < 2 || outputs[1].Length == 0)
        {
            return;
        }

        string difference = editor.Binary(slot, $"{hint}/difference", "Sub", x, mean);
        string square = editor.Binary(slot, $"{hint}/square", "Mul", difference, difference);
        string variance = editor.Reduce(slot, $"{hint}/variance", "ReduceMean", square, axes, keepAxes: true);
        string shifted = editor.Binary(
            slot, $"{hint}/shifted", "Add", variance, editor.ScalarConstant(editor.TypeOf(variance), epsilon));
        string deviation = editor.Unary(slot, $"{hint}/deviation", "Sqrt", shifted);
        editor.Define(slot, outputs[1], "Reciprocal", [deviation]);
    }
}
