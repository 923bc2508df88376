using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Simplification;

/// <summary>
/// Evaluates nodes whose inputs are all constants, and Shape and Size of anything (shapes are static). Results of more than
/// <see cref="LargestResultBytes"/> stay nodes: they are computed at packing, with the subgraphs of weights.
/// </summary>
internal sealed class ConstantFoldingPass : IGraphPass
{
    public const long LargestResultBytes = 1 << 20;

    public string Name => "constant folding";

    public ModelGraph Run(ModelGraph graph)
    {
        var editor = new GraphEditor(graph);
        foreach (NodeSlot slot in editor.Slots)
        {
            Node node = slot.Node;
            if (slot.IsRemoved || (node.IsOnnx("Identity") && editor.IsOutput(node.Outputs[0])))
            {
                continue;
            }

            if (node.IsOnnx("Shape") || node.IsOnnx("Size"))
            {
                editor.Fold(slot, [OfShape(node, editor.ShapeOf(node.Inputs[0]))]);
                editor.Sweep(node.Inputs[0]);
            }
            else if (IsFoldable(editor, node))
            {
                editor.Fold(slot, ConstantEvaluator.Evaluate(node, graph.Opset, [.. node.Inputs.Select(editor.Constant)]));
            }
        }

        return editor.Finish();
    }

    private static bool IsFoldable(GraphEditor editor, Node node) =>
        node.Inputs.All(input => input.Length == 0 || editor.Constant(input) is not null)
        && node.Outputs.Where(output => output.Length > 0).Sum(output => Bytes(editor.Info(output))) <= LargestResultBytes
        && ConstantEvaluator.CanEvaluate(node);

    private static long Bytes(ValueInfo info) => checked(info.Shape.ElementCount * info.Type.SizeInBytes());

    private static ConstantTensor OfShape(Node node, Shape shape)
    {
        if (node.OpType == "Size")
        {
            return ConstantValues.OfLongs(Shape.Scalar, [shape.ElementCount]);
        }

        int start = Clamp(node.Attribute("start", 0), shape.Rank);
        int end = Clamp(node.Attribute("end", shape.Rank), shape.Rank);
        ImmutableArray<long> dims = start < end ? shape.Dims[start..end] : [];
        return ConstantValues.OfLongs(new Shape(dims.Length), dims.AsSpan());
    }

    private static int Clamp(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
}
