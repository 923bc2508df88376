using System.Collections.Immutable;

namespace FlashMem.Runtime.Execution;

/// <summary>The commands of one run, made once and issued again for every run like it.</summary>
internal sealed class RunSchedule
{
    /// <summary>The parameters block, read before everything else; empty when it is resident.</summary>
    public required ImmutableArray<ScheduledRead> Prologue { get; init; }

    /// <summary>Moves the parameters block on to device memory; empty when it is there and on zero-copy devices.</summary>
    public required ImmutableArray<ScheduledCopy> PrologueCopies { get; init; }

    public required ImmutableArray<ScheduledStep> Steps { get; init; }

    /// <summary>Values that a run adds to the storage timeline.</summary>
    public required int StorageValues { get; init; }

    /// <summary>Values that a run adds to the transfer timeline.</summary>
    public required int TransferValues { get; init; }

    /// <summary>Bytes read from storage by one run, fetched rows included.</summary>
    public required long StorageBytes { get; init; }
}
