using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>The composite attention. Its result lies with heads next to features, so that joining the heads is a view.</summary>
internal static class AttentionOperator
{
    public static void Lower(LoweringContext context, Node node)
    {
        LoweredValue q = context.Input(node, 0);
        LoweredValue k = context.Input(node, 1);
        LoweredValue v = context.Input(node, 2);
        LoweredValue? mask = context.Optional(node, 3);
        Shape shape = context.Info(node.Outputs[0]).Shape;
        int rank = shape.Rank;
        long[] leading = [.. shape.Dims[..^2]];
        (long queries, long keys, long width) = (q.Shape[rank - 2], k.Shape[k.Rank - 2], v.Shape[v.Rank - 1]);

        var prototype = new AttentionKernel
        {
            Name = "",
            Inputs = [],
            Output = TensorView.Dense(ElementType.Float32, shape),
            Scale = node.Attribute("scale", 1f),
            HasMask = mask is not null,
        };

        // [batch..., L, H, D] in memory: the last of the leading axes are the heads.
        int[] order = rank < 3
            ? ViewOperations.Range(0, rank)
            : [.. ViewOperations.Range(0, rank - 3), rank - 2, rank - 3, rank - 1];
        TensorView value = ViewOperations.DenseInOrder(ElementType.Float32, shape, order);
        TensorView output = Heads(value);
        var buffer = new DraftBuffer(node.Outputs[0], ElementType.Float32, value.ElementCount);
        if (buffer.Elements > 0)
        {
            DraftKernel kernel = context.Emit(
                node.Label(),
                prototype with { Output = output },
                buffer,
                output,
                (q.Storage, Heads(q.View.BroadcastTo(new Shape([.. leading, queries, q.Shape[q.Rank - 1]])))),
                (k.Storage, Heads(k.View.BroadcastTo(new Shape([.. leading, keys, k.Shape[k.Rank - 1]])))),
                (v.Storage, Heads(v.View.BroadcastTo(new Shape([.. leading, keys, width])))));
            if (mask is not null)
            {
                kernel.Inputs.Add(new DraftOperand(mask.Storage, Heads(mask.View.BroadcastTo(new Shape([.. leading, queries, keys])))));
            }
        }

        context.BindResult(node.Outputs[0], buffer, value);
    }

    /// <summary>Axes [B, H, L, D]: missing leading axes are 1, surplus ones are part of B.</summary>
    private static TensorView Heads(TensorView view)
    {
        int rank = view.Rank;
        return rank < 3
            ? view.Group([], [], [rank - 2], [rank - 1])
            : view.Group(ViewOperations.Range(0, rank - 3), [rank - 3], [rank - 2], [rank - 1]);
    }
}
