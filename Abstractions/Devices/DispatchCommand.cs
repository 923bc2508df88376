using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Abstractions.Devices;

/// <summary>A compiled kernel with its operands bound, for all or some of its weight's panels.</summary>
public sealed record DispatchCommand
{
    public required ICompiledKernel Kernel { get; init; }

    /// <summary>Memory of every input slot of the kernel; views' offsets count from the range's start.</summary>
    public required ImmutableArray<MemoryRange> Inputs { get; init; }

    public required MemoryRange Output { get; init; }

    /// <summary>
    /// Panels of the streamed weight to compute; the others' output columns stay untouched. Ignored without such a weight.
    /// </summary>
    public PanelRange Panels { get; init; }

    /// <summary>
    /// The chunks that hold <see cref="Panels"/>, in order: chunk i holds PanelsPerChunk panels from Panels.Start + i * PanelsPerChunk
    /// (the last one may hold fewer).
    /// </summary>
    public ImmutableArray<MemoryRange> WeightChunks { get; init; } = [];

    public int PanelsPerChunk { get; init; }

    /// <summary>
    /// Chunk moves hidden inside this kernel (the paper's in-kernel transform): from unified memory to texture memory, all into one texture
    /// block, in at most <see cref="MostMoveRuns"/> runs, where <see cref="DeviceCapabilities.CarriedMoves"/> allows it. The kernel was
    /// prepared for it and reads none of the bytes. Empty on zero-copy devices.
    /// </summary>
    public ImmutableArray<CopyCommand> Moves { get; init; } = [];

    /// <summary>Most runs of carried bytes; a move that goes on where the one before it ends, in both memories, belongs to its run.</summary>
    public const int MostMoveRuns = 4;
}
