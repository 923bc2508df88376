using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>Takes constant scalar factors off a value, also from under reshapes and transposes that only this value uses.</summary>
internal static class ScalarFactor
{
    /// <summary>Returns the value without the factors and their product. New nodes go before the slot.</summary>
    public static (string Value, double Factor) Peel(GraphEditor editor, NodeSlot before, string value)
    {
        double factor = 1;
        while (TryPeel(editor, before, value) is var (inner, scale))
        {
            value = inner;
            factor *= scale;
        }

        return (value, factor);
    }

    private static (string Value, double Factor)? TryPeel(GraphEditor editor, NodeSlot before, string value)
    {
        var views = new Stack<Node>();
        string current = value;
        while (editor.HasOneReader(current)
            && (editor.Producer(current, "Reshape") ?? editor.Producer(current, "Transpose")) is { } view)
        {
            views.Push(view.Node);
            current = view.Node.Inputs[0];
        }

        if ((views.Count > 0 && !editor.HasOneReader(current)) || Scaled(editor, current) is not var (inner, scale))
        {
            return null;
        }

        foreach (Node view in views)
        {
            inner = editor.Insert(
                before,
                $"{view.Outputs[0]}/unscaled",
                view.OpType,
                view.Inputs.SetItem(0, inner),
                editor.TypeOf(view.Outputs[0]),
                editor.ShapeOf(view.Outputs[0]),
                view.Attributes);
        }

        return (inner, scale);
    }

    /// <summary>x and s of x * s or x / (1 / s).</summary>
    private static (string Value, double Factor)? Scaled(GraphEditor editor, string value)
    {
        if (editor.Producer(value)?.Node is not { } node || !node.IsOnnx() || node.OpType is not ("Mul" or "Div"))
        {
            return null;
        }

        for (int side = 1; side >= (node.OpType == "Mul" ? 0 : 1); side--)
        {
            if (editor.Scalar(node.Inputs[side]) is { } scalar && scalar != 0 && double.IsFinite(scalar)
                && editor.ShapeOf(node.Inputs[1 - side]) == editor.ShapeOf(value))
            {
                return (node.Inputs[1 - side], node.OpType == "Mul" ? scalar : 1 / scalar);
            }
        }

        return null;
    }
}
