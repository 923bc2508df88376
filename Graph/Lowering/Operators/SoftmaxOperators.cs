using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>Softmax and LogSoftmax along one axis; before opset 13 along all axes from the given one.</summary>
internal static class SoftmaxOperators
{
    public static void Lower(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        bool flattens = context.Model.Opset < 13;
        int axis = node.Axis(node.Attribute("axis", flattens ? 1L : -1L), x.Rank);
        int[] reduced = flattens ? ViewOperations.Range(axis, x.Rank - axis) : [axis];
        int[] kept = [.. ViewOperations.Range(0, x.Rank).Where(other => Array.IndexOf(reduced, other) < 0)];
        int[] outer = x.View.MemoryOrder(kept);
        int[] inner = x.View.MemoryOrder(reduced);
        TensorView value = x.View.DenseLike();
        TensorView output = value.Group(outer, inner);
        var buffer = new DraftBuffer(node.Outputs[0], ElementType.Float32, value.ElementCount);
        if (buffer.Elements > 0)
        {
            var prototype = new SoftmaxKernel { Name = "", Inputs = [], Output = output, Logarithm = node.OpType == "LogSoftmax" };
            context.Emit(node.Label(), prototype, buffer, output, (x.Storage, x.View.Group(outer, inner)));
        }

        context.BindResult(node.Outputs[0], buffer, value);
    }
}
