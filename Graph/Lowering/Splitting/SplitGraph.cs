using System.Collections.Immutable;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering.Splitting;

/// <summary>A kernel graph some of whose fused kernels are two.</summary>
/// <param name="Graph">The kernels in execution order, renumbered; weights and their layout are those of the graph before.</param>
/// <param name="Origins">By kernel of <paramref name="Graph"/>: its index in the graph before; both parts have the same.</param>
/// <param name="SplitKernels">Indices in the graph before of the kernels that are two, ascending.</param>
public sealed record SplitGraph(KernelGraph Graph, ImmutableArray<int> Origins, ImmutableArray<int> SplitKernels)
{
    /// <summary>A graph of which nothing is split.</summary>
    public static SplitGraph Whole(KernelGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new SplitGraph(graph, [.. Enumerable.Range(0, graph.Kernels.Length)], []);
    }
}
