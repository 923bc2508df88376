using System.Collections.Immutable;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering.Splitting;

/// <summary>A kernel graph some of whose fused kernels are two.</summary>
/// <param name="Graph">The kernels in execution order, renumbered; weights and their layout are those of the graph before.</param>
/// <param name="Origins">By kernel of <paramref name="Graph"/>: its index in the graph before; both parts have the same.</param>
public sealed record SplitGraph(KernelGraph Graph, ImmutableArray<int> Origins);
