using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Cheaper spellings with the same bits: Pow(x, 2) is x * x, Pow(x, 0.5) is Sqrt(x), division by a power of two is a multiplication, Sum
/// is a chain of Adds.
/// </summary>
internal sealed class ArithmeticPass() : RewritePass("Pow", "Div", "Sum")
{
    public override string Name => "arithmetic";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        switch (slot.Node.OpType)
        {
            case "Pow":
                RewritePower(editor, slot);
                break;
            case "Div":
                RewriteDivision(editor, slot);
                break;
            default:
                RewriteSum(editor, slot);
                break;
        }
    }

    private static void RewritePower(GraphEditor editor, NodeSlot slot)
    {
        string x = slot.Node.Inputs[0];
        string output = slot.Node.Outputs[0];
        double? exponent = editor.Uniform(slot.Node.Inputs[1]);
        if (editor.ShapeOf(x) != editor.ShapeOf(output) || editor.TypeOf(x) != editor.TypeOf(output))
        {
            return;
        }

        if (exponent == 2)
        {
            editor.Replace(slot, "Mul", [x, x]);
        }
        else if (exponent == 0.5 && editor.TypeOf(x).IsFloat())
        {
            editor.Replace(slot, "Sqrt", [x]);
        }
    }

    private static void RewriteDivision(GraphEditor editor, NodeSlot slot)
    {
        ElementType type = editor.TypeOf(slot.Node.Outputs[0]);
        if (type.IsFloat() && editor.Scalar(slot.Node.Inputs[1]) is { } divisor && HasExactReciprocal(divisor)
            && editor.ShapeOf(slot.Node.Inputs[0]) == editor.ShapeOf(slot.Node.Outputs[0]))
        {
            editor.Replace(slot, "Mul", [slot.Node.Inputs[0], editor.ScalarConstant(type, 1 / divisor)]);
        }
    }

    /// <summary>True for powers of two whose reciprocal is normal in half precision and above.</summary>
    private static bool HasExactReciprocal(double divisor) =>
        double.IsPow2(Math.Abs(divisor)) && Math.Abs(divisor) is >= 1.0 / 16384 and <= 16384;

    private static void RewriteSum(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        if (node.Inputs.Length < 2)
        {
            return;
        }

        string sum = node.Inputs[0];
        for (int i = 1; i < node.Inputs.Length - 1; i++)
        {
            sum = editor.Binary(slot, $"{node.Outputs[0]}/sum{i}", "Add", sum, node.Inputs[i]);
        }

        editor.Replace(slot, "Add", [sum, node.Inputs[^1]]);
    }
}
