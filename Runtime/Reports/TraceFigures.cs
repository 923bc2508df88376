using System.Collections.Immutable;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Tracing;

namespace FlashMem.Runtime.Reports;

/// <summary>What the trace of one run says about busy and idle time.</summary>
/// <param name="FirstRead">When the first byte was asked of storage; null when nothing was read.</param>
/// <param name="StorageBusy">Union of reads over all workers.</param>
/// <param name="TransferBusy">Union of the transfer queue's copies.</param>
/// <param name="ComputeBusy">Union of kernels.</param>
/// <param name="Stall">Time for which kernels at the head of the compute queue waited for bytes.</param>
/// <param name="Overlap">Share of transfers (of reads, where there are none) that ran beside a kernel; null when there are neither.</param>
internal sealed record TraceFigures(
    DeviceTime? FirstRead, DeviceTime StorageBusy, DeviceTime TransferBusy, DeviceTime ComputeBusy, DeviceTime Stall, double? Overlap)
{
    /// <param name="events">Of one run.</param>
    /// <param name="arrivals">Names of the timelines that say that bytes have arrived.</param>
    public static TraceFigures Of(ImmutableArray<TraceEvent> events, IReadOnlyCollection<string> arrivals)
    {
        IntervalSet storage = Busy(events, TraceLane.Storage);
        IntervalSet transfer = Busy(events, TraceLane.Transfer);
        IntervalSet compute = Busy(events, TraceLane.Compute);
        IntervalSet moved = transfer.Total > DeviceTime.Zero ? transfer : storage;
        IntervalSet stalls = IntervalSet.Union(events
            .Where(e => e.Lane == TraceLane.Compute && e.WaitedFor is not null && arrivals.Contains(e.WaitedFor))
            .Select(e => new Interval(e.Ready, e.Start)));
        return new TraceFigures(
            storage.Intervals.IsEmpty ? null : storage.Intervals[0].Start,
            storage.Total,
            transfer.Total,
            compute.Total,
            stalls.Total,
            moved.Total > DeviceTime.Zero ? (double)moved.Intersect(compute).Total.Picoseconds / moved.Total.Picoseconds : null);
    }

    private static IntervalSet Busy(ImmutableArray<TraceEvent> events, TraceLane lane) =>
        IntervalSet.Union(events.Where(e => e.Lane == lane).Select(e => new Interval(e.Start, e.End)));
}
