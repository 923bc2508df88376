using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// Finds a written-out activation p(x) + q(x) e(u(x)) around each node e of one kind and puts a composite in its place.
/// </summary>
internal abstract class ActivationPass(params string[] operators) : RewritePass(operators)
{
    private const int FarthestRoot = 5;
    private const int DeepestVariable = 6;

    protected void TryFuse(GraphEditor editor, NodeSlot slot)
    {
        string e = slot.Node.Outputs[0];
        string argument = slot.Node.Inputs[0];
        if (editor.IsStatic(argument))
        {
            return;
        }

        foreach (string x in Variables(editor, argument))
        {
            if (ActivationExpression.Read(editor, argument, x, e) is { } inner && inner.Factor.IsZero
                && IsArgument(slot.Node, inner.Plain) && Root(editor, slot, x) is { } root)
            {
                Fuse(editor, root, slot.Node, x);
                return;
            }
        }
    }

    /// <summary>True when the polynomial is what the pattern applies e to.</summary>
    protected abstract bool IsArgument(Node e, Polynomial argument);

    /// <summary>True when the expression is the whole activation.</summary>
    protected abstract bool IsRoot(ActivationExpression expression);

    protected abstract void Fuse(GraphEditor editor, NodeSlot root, Node e, string x);

    /// <summary>Values that the argument may be a polynomial of, nearest first.</summary>
    private static List<string> Variables(GraphEditor editor, string argument)
    {
        var found = new List<string> { argument };
        int level = 0;
        for (int depth = 0; depth < DeepestVariable; depth++)
        {
            int end = found.Count;
            for (; level < end; level++)
            {
                if (editor.Producer(found[level]) is { } slot && slot.Node.IsOnnx()
                    && slot.Node.OpType is "Add" or "Sub" or "Mul" or "Div" or "Neg" or "Pow")
                {
                    found.AddRange(slot.Node.Inputs.Where(input => !editor.IsStatic(input) && !found.Contains(input)));
                }
            }
        }

        return found;
    }

    /// <summary>Walks down from e through nodes that only it feeds.</summary>
    private NodeSlot? Root(GraphEditor editor, NodeSlot e, string x)
    {
        NodeSlot current = e;
        for (int i = 0; i < FarthestRoot && editor.HasOneReader(current.Node.Outputs[0]); i++)
        {
            current = editor.Readers(current.Node.Outputs[0])[0];
            string value = current.Node.Outputs[0];
            if (editor.ShapeOf(value) == editor.ShapeOf(x)
                && ActivationExpression.Read(editor, value, x, e.Node.Outputs[0]) is { } expression && IsRoot(expression))
            {
                return current;
            }
        }

        return null;
    }
}
