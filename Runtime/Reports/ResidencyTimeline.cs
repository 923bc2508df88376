using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// Bytes in use over a run, put together from the plan (what is loaded and released at which step) and the trace (when that was). A chunk's
/// slot counts from the start of its read to the end of the step that releases it; where chunks are moved, its staging counts from the
/// start of its read to the end of its move, and its range on the device from the start of its move to its release.
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
        foreach (int chunk in first ? [] : plan.Retained)
        {
            current[HomeOf(model, chunk, zeroCopy)] += model.Layout.Chunks[chunk].SlotBytes;
        }

        List<Change> changes = Changes(plan, model, events, zeroCopy, first);
        var samples = ImmutableArray.CreateBuilder<ResidencySample>();
        samples.Add(new ResidencySample(start, MemoryTier.Unified, current[MemoryTier.Unified]));
        if (!zeroCopy)
        {
            samples.Add(new ResidencySample(start, MemoryTier.Texture, current[MemoryTier.Texture]));
        }

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

    /// <summary>Where kernels read a chunk.</summary>
    private static MemoryTier HomeOf(StreamedModel model, int chunk, bool zeroCopy) => zeroCopy
        ? MemoryTier.Unified
        : model.Graph.Weights[model.Layout.Chunks[chunk].Weight].Storage is LinearWeight ? MemoryTier.Activation : MemoryTier.Texture;

    private static List<Change> Changes(
        OverlapPlan plan, StreamedModel model, ImmutableArray<TraceEvent> events, bool zeroCopy, bool first)
    {
        TraceEvent[] kernels = [.. events.Where(e => e.Lane == TraceLane.Compute).OrderBy(e => e.Start).ThenBy(e => e.End)];
        Dictionary<string, Queue<TraceEvent>> reads = ByName(events, TraceLane.Storage);
        Dictionary<string, Queue<TraceEvent>> copies = ByName(events, TraceLane.Transfer);
        var retained = plan.Retained.ToHashSet();
        var changes = new List<Change>();
        void Load(ChunkLoad load)
        {
            if ((first || !retained.Contains(load.Chunk)) && Next(reads, ScheduleBuilder.LabelOf(model, load.Chunk)) is { } read)
            {
                changes.Add(new Change(read.Start, MemoryTier.Unified, model.Layout.Chunks[load.Chunk].SlotBytes));
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

            foreach (ChunkMove move in plan.Steps[t].Moves.Where(move => first || !retained.Contains(move.FirstChunk)))
            {
                TraceEvent? mover = move.Mode == MoveMode.InKernel ? kernels[t] : Next(copies, ScheduleBuilder.LabelOf(model, move));
                if (mover is not null)
                {
                    long bytes = Enumerable.Range(move.FirstChunk, move.Count).Sum(chunk => model.Layout.Chunks[chunk].SlotBytes);
                    changes.Add(new Change(mover.End, MemoryTier.Unified, -bytes));
                    changes.Add(new Change(mover.Start, HomeOf(model, move.FirstChunk, zeroCopy), bytes));
                }
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                changes.Add(new Change(kernels[t].End, HomeOf(model, chunk, zeroCopy), -model.Layout.Chunks[chunk].SlotBytes));
            }
        }

        return changes;
    }

    private static Dictionary<string, Queue<TraceEvent>> ByName(ImmutableArray<TraceEvent> events, TraceLane lane) => events
        .Where(e => e.Lane == lane)
        .GroupBy(e => e.Name)
        .ToDictionary(group => group.Key, group => new Queue<TraceEvent>(group.OrderBy(e => e.Start)));

    private static TraceEvent? Next(Dictionary<string, Queue<TraceEvent>> events, string name) =>
        events.TryGetValue(name, out Queue<TraceEvent>? queue) && queue.TryDequeue(out TraceEvent? next) ? next : null;

    private readonly record struct Change(DeviceTime Time, MemoryTier Tier, long Bytes);
}
