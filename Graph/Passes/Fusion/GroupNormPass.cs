using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// GroupNormalization, InstanceNormalization (one group per channel) and the exporters' spelling Reshape, InstanceNormalization with
/// neutral scale and bias, Reshape, Mul, Add become <see cref="Composites.GroupNorm"/>.
/// </summary>
internal sealed class GroupNormPass() : RewritePass("GroupNormalization", "InstanceNormalization")
{
    public override string Name => "group norms";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        if (editor.IsStatic(node.Inputs[0]))
        {
            return;
        }

        if (node.OpType == "GroupNormalization")
        {
            long groups = node.Attribute("num_groups", 1);
            string scale = PerChannel(editor, slot, node.Inputs[1]);
            string bias = PerChannel(editor, slot, node.Inputs[2]);
            Put(editor, slot, node, node.Inputs[0], scale, bias, groups);
        }
        else if (!TryGrouped(editor, slot))
        {
            Put(editor, slot, node, node.Inputs[0], node.Inputs[1], node.Inputs[2], editor.ShapeOf(node.Inputs[0])[1]);
        }
    }

    /// <summary>The spelling with reshapes: every instance is a group of the tensor that the second Reshape makes.</summary>
    private static bool TryGrouped(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        Shape grouped = editor.ShapeOf(node.Inputs[0]);
        if (editor.Uniform(node.Inputs[1]) != 1 || editor.Uniform(node.Inputs[2]) != 0
            || editor.OnlyReader(node.Outputs[0], "Reshape") is not { } back)
        {
            return false;
        }

        Shape shape = editor.ShapeOf(back.Node.Outputs[0]);
        if (shape.Rank < 3 || shape[0] != grouped[0] || shape[1] % grouped[1] != 0)
        {
            return false;
        }

        AffineTail tail = AffineTail.Follow(editor, back, operand => IsPerChannel(operand, shape), withBias: true);
        string x = editor.Reshape(tail.Root, $"{tail.Root.Node.Outputs[0]}/input", node.Inputs[0], shape);
        Put(editor, tail.Root, node, x, tail.Scale, tail.Bias, grouped[1]);
        return true;
    }

    private static bool IsPerChannel(Shape operand, Shape x)
    {
        int missing = x.Rank - operand.Rank;
        return operand.ElementCount == x[1] && missing is 0 or 1 && operand[1 - missing] == x[1];
    }

    /// <summary>Before operator set 21 scale and bias hold one element per group: each is repeated for the group's channels.</summary>
    private static string PerChannel(GraphEditor editor, NodeSlot slot, string operand)
    {
        long channels = editor.ShapeOf(slot.Node.Inputs[0])[1];
        long groups = slot.Node.Attribute("num_groups", 1);
        if (editor.Opset >= 21 || channels == groups)
        {
            return operand;
        }

        string column = editor.Reshape(slot, $"{operand}/groups", operand, new Shape(groups, 1));
        string repeated = editor.Expand(slot, $"{operand}/repeated", column, new Shape(groups, channels / groups));
        return editor.Reshape(slot, $"{operand}/channels", repeated, new Shape(channels));
    }

    private static void Put(GraphEditor editor, NodeSlot root, Node node, string x, string scale, string bias, long groups)
    {
        ImmutableArray<string> inputs = [x, scale];
        editor.Replace(
            root,
            Composites.GroupNorm,
            bias.Length > 0 ? inputs.Add(bias) : inputs,
            NodeFactory.Attributes((Composites.Epsilon, node.Attribute("epsilon", 1e-5f)), (Composites.Groups, groups)),
            Composites.Domain);
    }
}
