using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Layer, RMS, group, instance and mean-variance normalisation. The reduced elements are walked in memory order, and scale, bias and
/// result in that same order.
/// </summary>
internal static class NormalizeOperators
{
    /// <summary>Composite LayerNorm and RmsNorm, and their ONNX originals.</summary>
    public static void Layer(LoweringContext context, Node node)
    {
        bool root = node.OpType is "RmsNorm" or "RMSNormalization";
        LoweredValue x = context.Input(node, 0);
        int axis = node.Axis(node.Attribute("axis", -1L), x.Rank);
        RequireSingleOutput(context, node);
        Emit(
            context,
            node,
            x,
            x.View,
            ViewOperations.Range(axis, x.Rank - axis),
            root ? NormalizeMode.RootMeanSquare : NormalizeMode.MeanVariance,
            node.Attribute("epsilon", 1e-5f),
            Factor(context, node, 1),
            root ? null : Factor(context, node, 2));

        (DraftStorage, TensorView)? Factor(LoweringContext from, Node of, int input) =>
            from.Optional(of, input) is { } value ? (value.Storage, value.View.BroadcastTo(x.Shape)) : null;
    }

    /// <summary>Composite GroupNorm, InstanceNormalization and GroupNormalization: x is [N, C, ...].</summary>
    public static void Group(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        long channels = x.Shape[1];
        long groups = node.OpType switch
        {
            "InstanceNormalization" => channels,
            "GroupNormalization" => node.Attribute("num_groups", 1L),
            _ => node.Attribute("groups", 1L),
        };
        TensorView? split = x.View.TrySplitAxis(1, groups, channels / groups);
        if (split is null)
        {
            context.Materialize(node.Label(), x, TensorView.Dense(x.View.Type, x.Shape));
            split = x.View.TrySplitAxis(1, groups, channels / groups)!;
        }

        // Axes are now [N, group, channel of the group, ...].
        Emit(
            context,
            node,
            x,
            split,
            ViewOperations.Range(2, x.Rank - 1),
            NormalizeMode.MeanVariance,
            node.Attribute("epsilon", 1e-5f),
            PerChannel(context, node, 1, split.Shape),
            PerChannel(context, node, 2, split.Shape));
    }

    public static void MeanVariance(LoweringContext context, Node node)
    {
        LoweredValue x = context.Input(node, 0);
        long[] axes = [.. node.Integers("axes") ?? [0, 2, 3]];
        int[] reduced = [.. axes.Select(axis => node.Axis(axis, x.Rank))];
        Emit(context, node, x, x.View, reduced, NormalizeMode.MeanVariance, 1e-9f, scale: null, bias: null);
    }

    /// <summary>Scale or bias with one element per channel, or per group (GroupNormalization before opset 21).</summary>
    private static (DraftStorage, TensorView)? PerChannel(LoweringContext context, Node node, int input, Shape split)
    {
        if (context.Optional(node, input) is not { } value)
        {
            return null;
        }

        (long groups, long perGroup) = (split[1], split[2]);
        bool everyChannel = value.Shape.ElementCount == groups * perGroup;
        var dims = new long[split.Rank - 1];
        Array.Fill(dims, 1);
        dims[0] = groups;
        dims[1] = everyChannel ? perGroup : 1;
        TensorView view = context.Reshape(node.Label(), value, new Shape(dims));
        return (value.Storage, view.BroadcastTo(split));
    }

    private static void Emit(
        LoweringContext context,
        Node node,
        LoweredValue x,
        TensorView view,
        int[] reduced,
        NormalizeMode mode,
        float epsilon,
        (DraftStorage Storage, TensorView View)? scale,
        (DraftStorage Storage, TensorView View)? bias)
    {
        Array.Sort(reduced);
        int[] kept = [.. ViewOperations.Range(0, view.Rank).Where(axis => Array.IndexOf(reduced, axis) < 0)];
        int[] inner = view.MemoryOrder(reduced);
        int[] outer = view.MemoryOrder(kept);
        TensorView value = view.DenseLike();
        TensorView output = value.Group(outer, inner);
        var buffer = new DraftBuffer(node.Outputs[0], ElementType.Float32, value.ElementCount);
        if (buffer.Elements > 0)
        {
            var prototype = new NormalizeKernel
            {
                Name = "",
                Inputs = [],
                Output = output,
                Mode = mode,
                Epsilon = epsilon,
                HasScale = scale is not null,
                HasBias = bias is not null,
            };
            DraftKernel kernel = context.Emit(node.Label(), prototype, buffer, output, (x.Storage, view.Group(outer, inner)));
            Add(kernel, scale);
            Add(kernel, bias);
        }

        // The result has the input's axes; a split axis of the input comes together again.
        TensorView result = view.Rank == x.Rank
            ? value
            : value.Group([[0], [1, 2], .. ViewOperations.Range(3, view.Rank - 3).Select(static axis => new[] { axis })]);
        context.BindResult(node.Outputs[0], buffer, result);

        void Add(DraftKernel kernel, (DraftStorage Storage, TensorView View)? factor)
        {
            if (factor is { } given)
            {
                kernel.Inputs.Add(new DraftOperand(given.Storage, given.View.Group(outer, inner)));
            }
        }
    }

    private static void RequireSingleOutput(LoweringContext context, Node node)
    {
        for (int i = 1; i < node.Outputs.Length; i++)
        {
            if (context.UsesOf(node.Outputs[i]) > 0)
            {
                throw node.Unsupported($"its output '{node.Outputs[i]}' is used");
            }
        }
    }
}
