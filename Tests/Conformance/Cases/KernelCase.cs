using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>A kernel with everything it reads.</summary>
internal sealed record KernelCase
{
    public required KernelDesc Desc { get; init; }

    /// <summary>Whole buffer of every input slot.</summary>
    public required ImmutableArray<ReferenceMemory> Inputs { get; init; }

    public PanelWeightData? Weight { get; init; }

    /// <summary>Dispatches in order; one of no panels for kernels without a streamed weight.</summary>
    public ImmutableArray<PanelRange> Slices { get; init; } = [default];

    public int PanelsPerChunk { get; init; } = 1;

    /// <summary>Allowed error, relative to results above 1 and absolute below.</summary>
    public double Tolerance { get; init; } = 2e-5;
}
