using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import;

/// <summary>Types and static shapes of the outputs of ONNX operators (opset 7 to 22 semantics).</summary>
public static class ShapeInference
{
    /// <summary>True when the operator's shapes are known.</summary>
    public static bool Supports(Node node) => node.Domain.Length == 0 && ShapeTable.Rules.ContainsKey(node.OpType);

    /// <summary>
    /// Infers every output of a node, in order; an absent optional output has an empty name. Throws <see cref="ModelException"/> that
    /// names the operator and the node when the operator is unknown or its inputs do not fit.
    /// </summary>
    /// <param name="node">Node whose inputs are known.</param>
    /// <param name="opset">Version of the standard operator set.</param>
    /// <param name="values">Type and shape of a value by name.</param>
    /// <param name="constants">Value of a constant by name; null when it is not constant.</param>
    public static ImmutableArray<ValueInfo> Infer(
        Node node, int opset, Func<string, ValueInfo> values, Func<string, ConstantTensor?> constants)
    {
        if (!Supports(node))
        {
            throw new ModelException($"unsupported operator '{node.OpType}' at node '{node.Name}'");
        }

        ShapeRule rule = ShapeTable.Rules[node.OpType];
        var context = new ShapeContext(node, opset, values, constants);
        context.CheckArity(rule);
        try
        {
            rule.Infer(context);
        }
        catch (OverflowException)
        {
            throw context.Error("sizes overflow");
        }

        return context.Results();
    }
}
