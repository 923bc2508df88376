using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Operators that read a shape only.</summary>
internal static class ShapeOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Shape", c => [Evaluate(c.Node, c.Input(0).Shape)]);
        operators.Add("Size", c => [Evaluate(c.Node, c.Input(0).Shape)]);
    }

    /// <summary>Result of a Shape or Size node for an input of this shape, whose elements need not be known.</summary>
    public static ConstantTensor Evaluate(Node node, Shape shape)
    {
        if (node.OpType == "Size")
        {
            return Constants.Of(shape.ElementCount);
        }

        int start = Clamp(node.Attribute("start", 0), shape.Rank);
        int end = Clamp(node.Attribute("end", shape.Rank), shape.Rank);
        return Constants.Of(shape.Dims.AsSpan()[start..Math.Max(start, end)]);
    }

    private static int Clamp(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
}
