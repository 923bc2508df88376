using System.Collections.Immutable;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Stages;

/// <summary>Consecutive kernels of a graph as a graph of their own, with its own numbers for kernels, buffers and weights.</summary>
public sealed record GraphStage
{
    /// <summary>Position among the stages, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Index of its first kernel in the whole graph.</summary>
    public required int FirstKernel { get; init; }

    /// <summary>
    /// Its kernels. Inputs are those of the model that it reads, then what arrives from earlier stages; outputs those of the model that it
    /// makes, then what later stages take.
    /// </summary>
    public required KernelGraph Graph { get; init; }

    /// <summary>By index of its weights: the index in the whole graph, ascending. A weight of two stages is in both.</summary>
    public required ImmutableArray<int> Weights { get; init; }

    /// <summary>What it takes from earlier stages.</summary>
    public required ImmutableArray<Crossing> Arrivals { get; init; }

    /// <summary>Index behind that of its last kernel in the whole graph.</summary>
    public int EndKernel => FirstKernel + Graph.Kernels.Length;
}
