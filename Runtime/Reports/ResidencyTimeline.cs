using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// Bytes in use over a run, put together from the plan (what is loaded and released at which step) and the trace (when that was). A chunk's
/// slot counts from the start of its read to the end of the step that releases it.
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
    /// <param name="first">The run loaded the parameters block and the retained chunks too.</param>
    public static ResidencyTimeline Of(OverlapPlan plan, StreamedModel model, ImmutableArray<TraceEvent> events, bool first)
    {
        if (events.IsEmpty)
        {
            return new ResidencyTimeline([], null);
        }

        DeviceTime start = events.Min(e => e.Ready < e.Start ? e.Ready : e.Start);
        DeviceTime end = events.Max(e => e.End);
        List<Change> changes = Changes(plan, model, events, first, start);
        var current = new Dictionary<MemoryTier, long>
        {
            [MemoryTier.Unified] = plan.ParametersBytes + (first ? 0 : plan.Retained.Sum(chunk => model.Layout.Chunks[chunk].SlotBytes)),
            [MemoryTier.Texture] = 0,
            [MemoryTier.Activation] = plan.ActivationBytes + plan.WorkspaceBytes,
        };
        var samples = ImmutableArray.CreateBuilder<ResidencySample>();
        samples.Add(new ResidencySample(start, MemoryTier.Unified, current[MemoryTier.Unified]));
        samples.Add(new ResidencySample(start, MemoryTier.Activation, current[MemoryTier.Activation]));
        double area = 0;
        DeviceTime last = start;
        foreach (Change change in changes.OrderBy(change => change.Time))
        {
            area += (double)current.Values.Sum() * (change.Time - last).Picoseconds;
            last = change.Time;
            current[change.Tier] += change.Bytes;
            samples.Add(new ResidencySample(change.Time, change.Tier, current[change.Tier]));
        }

        area += (double)current.Values.Sum() * (end - last).Picoseconds;
        return new ResidencyTimeline(samples.ToImmutable(), end > start ? area / (end - start).Picoseconds : null);
    }

    private static List<Change> Changes(
        OverlapPlan plan, StreamedModel model, ImmutableArray<TraceEvent> events, bool first, DeviceTime start)
    {
        TraceEvent[] kernels = [.. events.Where(e => e.Lane == TraceLane.Compute).OrderBy(e => e.Start).ThenBy(e => e.End)];
        Dictionary<string, Queue<TraceEvent>> reads = events
            .Where(e => e.Lane == TraceLane.Storage)
            .GroupBy(e => e.Name)
            .ToDictionary(group => group.Key, group => new Queue<TraceEvent>(group.OrderBy(e => e.Start)));
        var retained = plan.Retained.ToHashSet();
        var textures = new HashSet<int>();
        var changes = new List<Change>();
        void Load(ChunkLoad load)
        {
            if ((first || !retained.Contains(load.Chunk))
                && reads.TryGetValue(ScheduleBuilder.LabelOf(model, load.Chunk), out Queue<TraceEvent>? read)
                && read.TryDequeue(out TraceEvent? begun))
            {
                changes.Add(new Change(begun.Start, MemoryTier.Unified, model.Layout.Chunks[load.Chunk].SlotBytes));
            }
        }

        foreach (ChunkLoad load in plan.Preloaded)
        {
            Load(load);
        }

        for (int t = 0; t < plan.Steps.Length && t < kernels.Length; t++)
        {
            foreach (ChunkLoad load in plan.Steps[t].Loads)
            {
                Load(load);
            }

            foreach (int chunk in plan.Steps[t].Moves.SelectMany(move => Enumerable.Range(move.FirstChunk, move.Count)))
            {
                bool kept = !first && retained.Contains(chunk);
                textures.Add(chunk);
                changes.Add(new Change(kept ? start : kernels[t].Start, MemoryTier.Texture, model.Layout.Chunks[chunk].SlotBytes));
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                changes.Add(new Change(kernels[t].End, MemoryTier.Unified, -model.Layout.Chunks[chunk].SlotBytes));
                if (textures.Remove(chunk))
                {
                    changes.Add(new Change(kernels[t].End, MemoryTier.Texture, -model.Layout.Chunks[chunk].SlotBytes));
                }
            }
        }

        return changes;
    }

    private readonly record struct Change(DeviceTime Time, MemoryTier Tier, long Bytes);
}
