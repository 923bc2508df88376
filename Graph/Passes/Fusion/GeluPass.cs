using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>Written-out GELU in its erf and tanh forms, and the ONNX operator, become <see cref="Composites.Gelu"/>.</summary>
internal sealed class GeluPass() : ActivationPass("Gelu", "Erf", "Tanh")
{
    /// <summary>Models write sqrt(2), sqrt(2 / pi) and 0.044715 with as few as four digits.</summary>
    private const double Tolerance = 2e-4;

    private const double Cubic = 0.044715;
    private static readonly double TanhScale = Math.Sqrt(2 / Math.PI);

    public override string Name => "gelu";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        if (slot.Node.OpType != "Gelu")
        {
            TryFuse(editor, slot);
        }
        else if (!editor.IsStatic(slot.Node.Inputs[0]))
        {
            Put(editor, slot, slot.Node.Inputs[0], slot.Node.Attribute("approximate", "none"));
        }
    }

    protected override bool IsArgument(Node e, Polynomial argument) => e.OpType == "Erf"
        ? argument.IsNear(Tolerance, 0, Math.Sqrt(0.5))
        : argument.IsNear(Tolerance, 0, TanhScale, 0, TanhScale * Cubic);

    protected override bool IsRoot(ActivationExpression expression) =>
        expression.Plain.IsNear(Tolerance, 0, 0.5) && expression.Factor.IsNear(Tolerance, 0, 0.5);

    protected override void Fuse(GraphEditor editor, NodeSlot root, Node e, string x) =>
        Put(editor, root, x, e.OpType == "Erf" ? "none" : "tanh");

    private static void Put(GraphEditor editor, NodeSlot root, string x, string approximate) => editor.Replace(
        root, Composites.Gelu, [x], NodeFactory.Attributes((Composites.Approximate, approximate)), Composites.Domain);
}
