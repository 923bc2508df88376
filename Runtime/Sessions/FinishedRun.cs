using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;

namespace FlashMem.Runtime.Sessions;

/// <summary>
/// A run that is complete and whose outputs are there. Its report takes milliseconds to make and none of the session's memory, so the next
/// run need not wait for it: see <see cref="StreamingSession.Describe"/>.
/// </summary>
/// <param name="Execution">What the executor gave.</param>
/// <param name="Start">Device time before its inputs were written.</param>
/// <param name="End">Device time after its outputs were read.</param>
/// <param name="Events">Its trace; empty without one.</param>
/// <param name="Samples">Of its trace.</param>
/// <param name="LockedFileBytes">Of the weights that it copied from the host's memory; null where they were read.</param>
internal sealed record FinishedRun(
    ExecutionResult Execution,
    DeviceTime Start,
    DeviceTime End,
    ImmutableArray<TraceEvent> Events,
    ImmutableArray<TraceSample> Samples,
    long? LockedFileBytes);
