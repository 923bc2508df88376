using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Problem;

/// <summary>A unit of execution: one kernel, or the part of it that some of its panels make.</summary>
public sealed record ProblemStep
{
    /// <summary>Position in execution order.</summary>
    public required int Index { get; init; }

    /// <summary>Index of the kernel.</summary>
    public required int Kernel { get; init; }

    /// <summary>Name of the kernel.</summary>
    public required string Name { get; init; }

    public required KernelFamily Family { get; init; }

    public required OperatorClass Class { get; init; }

    /// <summary>Panels of the streamed weight that it computes; empty without such a weight.</summary>
    public PanelRange Panels { get; init; }

    /// <summary>Chunks that must be resident while it runs, in the order in which they are loaded; no id twice.</summary>
    public required ImmutableArray<int> Chunks { get; init; }

    /// <summary>Floating-point operations.</summary>
    public required long Flops { get; init; }

    /// <summary>Weight and activation bytes that it touches.</summary>
    public required long Bytes { get; init; }

    /// <summary>Predicted time on an idle device, launch included.</summary>
    public required double ComputeMs { get; init; }

    /// <summary>How it and reads slow each other on a zero-copy device, as measured; null where that is not known.</summary>
    public ReadInterference? BesideReads { get; init; }

    /// <summary>Bytes of embedding rows that storage fetches for it; 0 for none.</summary>
    public long FetchBytes { get; init; }

    /// <summary>
    /// Extra bytes that it can move from unified to texture memory within its class' allowed growth; 0 for kernels that carry nothing.
    /// </summary>
    public required long LoadCapacityBytes { get; init; }
}
