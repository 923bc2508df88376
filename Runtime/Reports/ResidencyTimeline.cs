using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// Bytes in use over a run, put together from the plan (what is loaded and released at which step) and the trace (when that was), see
/// <see cref="ResidencyChanges"/>.
/// </summary>
internal sealed class ResidencyTimeline
{
    private ResidencyTimeline(ImmutableArray<ResidencySample> samples, double? meanBytes)
    {
        Samples = samples;
        MeanBytes = meanBytes;
    }

    /// <summary>One sample per change, in order of time.</summary>
    public ImmutableArray<ResidencySample> Samples { get; }

    /// <summary>Time-weighted mean over all tiers; null for a run without duration.</summary>
    public double? MeanBytes { get; }

    /// <param name="plan">The plan that was followed.</param>
    /// <param name="model">Its weight file.</param>
    /// <param name="events">Trace of one complete run: the i-th kernel is step i.</param>
    /// <param name="zeroCopy">Kernels read chunks where storage put them; else they are moved to memory of the device's own.</param>
    /// <param name="first">The run loaded the parameters block and the retained chunks too.</param>
    public static ResidencyTimeline Of(
        OverlapPlan plan, StreamedModel model, ImmutableArray<TraceEvent> events, bool zeroCopy, bool first)
    {
        if (events.IsEmpty)
        {
            return new ResidencyTimeline([], null);
        }

        DeviceTime start = events.Min(e => e.Ready < e.Start ? e.Ready : e.Start);
        DeviceTime end = events.Max(e => e.End);
        var current = new Dictionary<MemoryTier, long>
        {
            [MemoryTier.Unified] = zeroCopy ? plan.ParametersBytes : plan.RowStagingBytes,
            [MemoryTier.Texture] = 0,
            [MemoryTier.Activation] = plan.ActivationBytes + plan.WorkspaceBytes + (zeroCopy ? 0 : plan.ParametersBytes),
        };
        var changes = new ResidencyChanges(plan, model, events, zeroCopy);
        foreach (int chunk in first ? [] : plan.Retained)
        {
            current[changes.HomeOf(chunk)] += changes.SlotOf(chunk);
        }

        changes.AddRun([.. events.Where(e => e.Lane == TraceLane.Compute).OrderBy(e => e.Start).ThenBy(e => e.End)], first);
        var samples = ImmutableArray.CreateBuilder<ResidencySample>();
        samples.Add(new ResidencySample(start, MemoryTier.Unified, current[MemoryTier.Unified]));
        if (!zeroCopy)
        {
            samples.Add(new ResidencySample(start, MemoryTier.Texture, current[MemoryTier.Texture]));
        }

        samples.Add(new ResidencySample(start, MemoryTier.Activation, current[MemoryTier.Activation]));
        double area = 0;
        long total = current.Values.Sum();
        DeviceTime last = start;
        foreach (ResidencyChange change in changes.All.OrderBy(change => change.Time))
        {
            area += (double)total * (change.Time - last).Picoseconds;
            last = change.Time;
            total += change.Bytes;
            current[change.Tier] += change.Bytes;
            samples.Add(new ResidencySample(change.Time, change.Tier, current[change.Tier]));
        }

        area += (double)total * (end - last).Picoseconds;
        return new ResidencyTimeline(samples.ToImmutable(), end > start ? area / (end - start).Picoseconds : null);
    }
}
