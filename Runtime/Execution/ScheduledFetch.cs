using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Rows of an embedding to read into an activation before a kernel runs. It takes one value of the storage timeline per id, however few
/// reads the ids need, so that the kernel's wait is known before the ids are.
/// </summary>
internal sealed class ScheduledFetch
{
    public required RowFetch Fetch { get; init; }

    /// <summary>Name of the row weight.</summary>
    public required string WeightName { get; init; }

    public required RowWeight Rows { get; init; }

    /// <summary>First byte of row 0 in the weight file.</summary>
    public required long FileOffset { get; init; }

    /// <summary>Where storage puts the rows, one after the other: into the activation, or into staging for it.</summary>
    public required MemoryRange Target { get; init; }

    /// <summary>Where the ids lie; null when they are constant.</summary>
    public required MemoryRange? Ids { get; init; }

    /// <summary>Name of the graph input that the ids are; null when a kernel computes them.</summary>
    public required string? IdInput { get; init; }

    /// <summary>A kernel of this run computes the ids: the host must wait for it before it can issue the reads.</summary>
    public required bool IdsAreComputed { get; init; }

    public required int IdCount { get; init; }

    /// <summary>Checksum of a row; null when rows are not checked, so that neighbouring ones may be read together.</summary>
    public required Func<long, ulong>? RowChecksum { get; init; }

    /// <summary>Value of the storage timeline before the first row.</summary>
    public required int BaseValue { get; init; }
}
