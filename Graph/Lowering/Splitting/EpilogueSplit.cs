using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Cost;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Splitting;

/// <summary>
/// Undoes fusion: a product or convolution with a fused tail becomes the kernel alone, which stores its result in a buffer of its own,
/// and an elementwise kernel. Results keep their bits: what is stored in between is of the type in which it was computed.
/// </summary>
public static class EpilogueSplit
{
    /// <summary>Reusable kernels with a fused tail can be split; hierarchical fusions stay whole (FlashMem paper, section 4.3).</summary>
    public static bool IsPossible(KernelNode kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return kernel.Desc is { Class: OperatorClass.Reusable, Epilogue.Instructions.IsEmpty: false };
    }

    /// <param name="graph">The graph; stays as it is.</param>
    /// <param name="kernels">Indices of kernels for which <see cref="IsPossible"/> holds.</param>
    /// <exception cref="ArgumentException">An index is no kernel's, or of one that cannot be split.</exception>
    public static SplitGraph Apply(KernelGraph graph, IReadOnlyCollection<int> kernels)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var chosen = kernels.ToHashSet();
        foreach (int index in chosen)
        {
            if (index < 0 || index >= graph.Kernels.Length || !IsPossible(graph.Kernels[index]))
            {
                throw new ArgumentException(
                    $"kernel {index} of {graph.Kernels.Length} of model '{graph.ModelName}' has no fused tail that could be split off",
                    nameof(kernels));
            }
        }

        ImmutableArray<KernelBuffer>.Builder buffers = graph.Buffers.ToBuilder();
        var nodes = ImmutableArray.CreateBuilder<KernelNode>(graph.Kernels.Length + chosen.Count);
        var origins = ImmutableArray.CreateBuilder<int>(nodes.Capacity);
        foreach (KernelNode kernel in graph.Kernels)
        {
            if (chosen.Contains(kernel.Index))
            {
                AddParts(kernel, buffers, nodes);
                origins.Add(kernel.Index);
            }
            else
            {
                nodes.Add(kernel with { Index = nodes.Count });
            }

            origins.Add(kernel.Index);
        }

        return new SplitGraph(
            graph with { Buffers = buffers.ToImmutable(), Kernels = nodes.ToImmutable() }, origins.ToImmutable(), [.. chosen.Order()]);
    }

    private static void AddParts(
        KernelNode kernel, ImmutableArray<KernelBuffer>.Builder buffers, ImmutableArray<KernelNode>.Builder nodes)
    {
        KernelDesc desc = kernel.Desc;
        var split = ProgramSplit.Of(desc.Epilogue!, slot => IsWeight(kernel, slot));
        ElementType type = split.Head?.Instructions[^1].ResultType ?? ElementType.Float32;
        TensorView stored = Compact(desc.Output, type);
        var buffer = new KernelBuffer(
            buffers.Count, $"{buffers[kernel.Output].Name} (before its fused tail)", type, stored.ElementCount);
        buffers.Add(buffer);

        int[] headSlots = [.. Enumerable.Range(0, desc.EpilogueStart), .. split.HeadOperands.Select(Slot)];
        nodes.Add(WithCost(kernel with
        {
            Index = nodes.Count,
            Desc = desc with { Inputs = [.. headSlots.Select(slot => desc.Inputs[slot])], Output = stored, Epilogue = split.Head },
            Inputs = [.. headSlots.Select(slot => kernel.Inputs[slot])],
            Output = buffer.Id,
        }));

        int[] tailSlots = [.. split.TailOperands.Select(Slot)];
        TensorView[] views = LoopNest.Simplify([stored, .. tailSlots.Select(slot => desc.Inputs[slot]), desc.Output]);
        nodes.Add(WithCost(new KernelNode
        {
            Index = nodes.Count,
            Desc = new ElementwiseKernel
            {
                Name = $"{desc.Name} (fused tail)", Inputs = [.. views[..^1]], Output = views[^1], Program = split.Tail,
            },
            Inputs = [new Operand(OperandKind.Buffer, buffer.Id), .. tailSlots.Select(slot => kernel.Inputs[slot])],
            Output = kernel.Output,
            Cost = default,
        }));

        int Slot(int operand) => desc.EpilogueStart + operand - 1;
    }

    private static KernelNode WithCost(KernelNode kernel) =>
        kernel with { Cost = CostModel.Estimate(kernel.Desc, kernel.Inputs, kernel.Fetch is not null) };

    private static bool IsWeight(KernelNode kernel, int operand) =>
        kernel.Inputs[kernel.Desc.EpilogueStart + operand - 1].Kind == OperandKind.Weight;

    /// <summary>The same loops in the same order in memory, without gaps: what lies next to each other stays so.</summary>
    private static TensorView Compact(TensorView view, ElementType type)
    {
        var strides = new Dictionary<(int Axis, int Factor), long>();
        long stride = 1;
        foreach ((int axis, int factor, ViewFactor loop) in view.Axes
            .SelectMany((factors, axis) => factors.Select((loop, factor) => (axis, factor, loop)))
            .OrderBy(loop => Math.Abs(loop.loop.Stride)))
        {
            strides.Add((axis, factor), stride);
            stride = checked(stride * Math.Max(1, loop.Extent));
        }

        return TensorView.FromFactors(
            type,
            view.Axes.Select((factors, axis) => factors.Select((loop, factor) => new ViewFactor(loop.Extent, strides[(axis, factor)]))));
    }
}
