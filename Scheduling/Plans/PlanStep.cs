using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Plans;

/// <summary>
/// One dispatch: a kernel, or the part of it that some panels make. Steps run one after the other; "step t" is the index in
/// <see cref="OverlapPlan.Steps"/>.
/// </summary>
public sealed record PlanStep
{
    /// <summary>Index of the kernel.</summary>
    public required int Kernel { get; init; }

    /// <summary>Name of the kernel, for people.</summary>
    public required string Name { get; init; }

    /// <summary>Panels of the kernel's streamed weight that this step computes; empty without such a weight.</summary>
    public PanelRange Panels { get; init; }

    /// <summary>
    /// Reads that may start when all steps before this one are complete (z of the paper), in this order. They hold their arena ranges
    /// from then on.
    /// </summary>
    public ImmutableArray<ChunkLoad> Loads { get; init; } = [];

    /// <summary>Moves to texture memory carried by this step; empty on zero-copy devices.</summary>
    public ImmutableArray<ChunkMove> Moves { get; init; } = [];

    /// <summary>Chunks whose residency ends when this step is complete, ascending.</summary>
    public ImmutableArray<int> Releases { get; init; } = [];

    /// <summary>Predicted start in the first run, milliseconds from its first read.</summary>
    public required double StartMs { get; init; }

    /// <summary>Predicted end in the first run, milliseconds from its first read.</summary>
    public required double EndMs { get; init; }

    /// <summary>Bytes held while the step runs in the first run: this step's loads included, its releases not yet taken off.</summary>
    public required TierBytes Resident { get; init; }
}
