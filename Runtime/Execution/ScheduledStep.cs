using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Execution;

/// <summary>A read ready to issue. Values count from the run's start.</summary>
/// <param name="Command">What to read.</param>
/// <param name="StorageValue">Value of the storage timeline that it signals.</param>
/// <param name="TransferValue">Value of the transfer timeline at which its target is free; 0 when no copy of this run used it.</param>
internal readonly record struct ScheduledRead(ReadCommand Command, int StorageValue, int TransferValue = 0);

/// <summary>A copy to device memory ready to issue: after its bytes have arrived and the step's turn has come.</summary>
internal readonly record struct ScheduledCopy(CopyCommand Command, int StorageValue, int TransferValue);

/// <summary>
/// Everything to issue at one step's turn, in this order: fetches, reads, copies, the dispatch. Fetches, reads and copies wait until all
/// steps before this one are complete.
/// </summary>
internal sealed class ScheduledStep
{
    public required ImmutableArray<ScheduledFetch> Fetches { get; init; }

    public required ImmutableArray<ScheduledRead> Reads { get; init; }

    public required ImmutableArray<ScheduledCopy> Copies { get; init; }

    public required DispatchCommand Command { get; init; }

    /// <summary>Value of the storage timeline at which the dispatch may start; 0 when nothing of this run must arrive first.</summary>
    public required int StorageValue { get; init; }

    /// <summary>Value of the transfer timeline at which the dispatch may start; 0 for none.</summary>
    public required int TransferValue { get; init; }
}
