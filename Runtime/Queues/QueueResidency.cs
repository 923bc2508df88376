using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>
/// Bytes in use over a queue, of all models together, from its trace: chunks as <see cref="ResidencyChanges"/> says, what a visit retains
/// until its last use in the visit's last run (without pools until its end), parameters from the visit's first read to its end, activations
/// and the rest while its requests run.
/// </summary>
internal sealed class QueueResidency
{
    private readonly bool zeroCopy;
    private readonly List<ResidencyChange> changes = [];
    private readonly Dictionary<MemoryTier, long> current = [];
    private readonly List<(DeviceTime Time, long Bytes)> totals = [];

    private QueueResidency(bool zeroCopy) => this.zeroCopy = zeroCopy;

    /// <summary>One sample per change, in order of time.</summary>
    public ImmutableArray<ResidencySample> Samples { get; private set; } = [];

    /// <summary>Most bytes of each tier in use at one time.</summary>
    public Dictionary<MemoryTier, long> PeakByTier { get; } = [];

    /// <param name="plan">What was followed.</param>
    /// <param name="models">By the plan's indices.</param>
    /// <param name="requests">All of them, complete.</param>
    /// <param name="events">Trace of the whole queue.</param>
    /// <param name="zeroCopy">The device has no texture tier.</param>
    public static QueueResidency Of(
        QueuePlan plan,
        IReadOnlyList<QueuedModel> models,
        IReadOnlyList<CompletedRequest> requests,
        ImmutableArray<TraceEvent> events,
        bool zeroCopy)
    {
        var residency = new QueueResidency(zeroCopy);
        TraceEvent[] kernels = [.. events.Where(e => e.Lane == TraceLane.Compute).OrderBy(e => e.Start).ThenBy(e => e.End)];
        int kernel = 0;
        foreach (QueueVisit visit in plan.Visits)
        {
            int count = visit.Requests * visit.Plan.Steps.Length;
            residency.AddVisit(visit, models[visit.Model], requests, events, kernels.AsSpan(kernel, count));
            kernel += count;
        }

        residency.Sum();
        return residency;
    }

    /// <summary>Most bytes of all tiers in use at one time between two moments.</summary>
    public long PeakBetween(DeviceTime start, DeviceTime end)
    {
        long peak = 0;
        for (int i = 0; i < totals.Count && totals[i].Time < end; i++)
        {
            if (i + 1 == totals.Count || totals[i + 1].Time > start)
            {
                peak = Math.Max(peak, totals[i].Bytes);
            }
        }

        return peak;
    }

    /// <summary>Time-weighted mean of all tiers between two moments; null when they are the same.</summary>
    public double? MeanBetween(DeviceTime start, DeviceTime end)
    {
        double area = 0;
        for (int i = 0; i < totals.Count; i++)
        {
            DeviceTime from = totals[i].Time > start ? totals[i].Time : start;
            DeviceTime to = i + 1 < totals.Count && totals[i + 1].Time < end ? totals[i + 1].Time : end;
            area += to > from ? (double)totals[i].Bytes * (to - from).Picoseconds : 0;
        }

        return end > start ? area / (end - start).Picoseconds : null;
    }

    private void AddVisit(
        QueueVisit visit,
        QueuedModel model,
        IReadOnlyList<CompletedRequest> requests,
        ImmutableArray<TraceEvent> events,
        ReadOnlySpan<TraceEvent> kernels)
    {
        OverlapPlan plan = visit.Plan;
        string prefix = QueueRun.PrefixOf(visit, model.Name);
        TraceEvent[] own =
        [
            .. events.Where(e => e.Lane is TraceLane.Storage or TraceLane.Transfer && e.Name.StartsWith(prefix, StringComparison.Ordinal)),
        ];
        var loads = new ResidencyChanges(plan, model.Labelled(prefix), own, zeroCopy);
        for (int r = 0; r < visit.Requests; r++)
        {
            loads.AddRun(kernels.Slice(r * plan.Steps.Length, plan.Steps.Length), first: r == 0);
        }

        ReadOnlySpan<TraceEvent> last = kernels[^plan.Steps.Length..];
        DeviceTime start = requests[visit.FirstRequest].Start;
        DeviceTime end = requests[visit.FirstRequest + visit.Requests - 1].End;
        foreach (int chunk in plan.Retained)
        {
            // Only what shares pools leaves room behind before its end.
            loads.Release(chunk, visit.Places is null ? end : last[visit.Planned.Problem.Chunks[chunk].LastStep].End);
        }

        changes.AddRange(loads.All);
        DeviceTime parameters = own.Length == 0 || own.Min(e => e.Start) > start ? start : own.Min(e => e.Start);
        Hold(parameters, end, zeroCopy ? MemoryTier.Unified : MemoryTier.Activation, plan.ParametersBytes);
        Hold(start, end, MemoryTier.Unified, plan.RowStagingBytes);
        Hold(start, end, MemoryTier.Activation, plan.ActivationBytes + plan.WorkspaceBytes);
    }

    private void Hold(DeviceTime start, DeviceTime end, MemoryTier tier, long bytes)
    {
        changes.Add(new ResidencyChange(start, tier, bytes));
        changes.Add(new ResidencyChange(end, tier, -bytes));
    }

    private void Sum()
    {
        // What is given up at a moment makes room for what is taken at that moment.
        var samples = ImmutableArray.CreateBuilder<ResidencySample>(changes.Count);
        long total = 0;
        foreach (ResidencyChange change in changes.OrderBy(change => change.Time).ThenBy(change => change.Bytes))
        {
            long bytes = current.GetValueOrDefault(change.Tier) + change.Bytes;
            total += change.Bytes;
            current[change.Tier] = bytes;
            PeakByTier[change.Tier] = Math.Max(PeakByTier.GetValueOrDefault(change.Tier), bytes);
            samples.Add(new ResidencySample(change.Time, change.Tier, bytes));
            totals.Add((change.Time, total));
        }

        Samples = samples.ToImmutable();
    }
}
