using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>x * Sigmoid(x) and Swish become <see cref="Composites.Silu"/>; Swish with an alpha other than 1 is written out.</summary>
internal sealed class SiluPass() : ActivationPass("Swish", "Sigmoid")
{
    public override string Name => "silu";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        if (slot.Node.OpType == "Sigmoid")
        {
            TryFuse(editor, slot);
            return;
        }

        string x = slot.Node.Inputs[0];
        float alpha = slot.Node.Attribute("alpha", 1f);
        if (alpha == 1 && !editor.IsStatic(x))
        {
            Put(editor, slot, x);
            return;
        }

        string hint = slot.Node.Outputs[0];
        string scaled = editor.Binary(slot, $"{hint}/scaled", "Mul", x, editor.ScalarConstant(editor.TypeOf(x), alpha));
        editor.Replace(slot, "Mul", [x, editor.Unary(slot, $"{hint}/sigmoid", "Sigmoid", scaled)]);
    }

    protected override bool IsArgument(Node e, Polynomial argument) => argument.IsNear(0, 0, 1);

    protected override bool IsRoot(ActivationExpression expression) =>
        expression.Plain.IsZero && expression.Factor.IsNear(0, 0, 1);

    protected override void Fuse(GraphEditor editor, NodeSlot root, Node e, string x) => Put(editor, root, x);

    private static void Put(GraphEditor editor, NodeSlot root, string x) =>
        editor.Replace(root, Composites.Silu, [x], domain: Composites.Domain);
}
