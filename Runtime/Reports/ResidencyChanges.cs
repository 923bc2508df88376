using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// When chunks of a plan's runs came and went, from the trace: a chunk's slot counts from the start of its read to the end of the step that
/// releases it; where chunks are moved, its staging counts from the start of its read, if there is one, to the end of its move, and its range on the device
/// from the start of its move to its release. Runs are added in the order in which they ran.
/// </summary>
internal sealed class ResidencyChanges
{
    private readonly OverlapPlan plan;
    private readonly StreamedModel model;
    private readonly bool zeroCopy;
    private readonly HashSet<int> retained;
    private readonly HashSet<int> staged = [];
    private readonly Dictionary<string, Queue<TraceEvent>> reads;
    private readonly Dictionary<string, Queue<TraceEvent>> copies;
    private readonly List<ResidencyChange> changes = [];

    /// <param name="plan">What was followed.</param>
    /// <param name="model">Its weight file, with the prefix of its labels.</param>
    /// <param name="events">Reads and copies of all runs that will be added; others may be among them.</param>
    /// <param name="zeroCopy">Kernels read chunks where storage put them.</param>
    public ResidencyChanges(OverlapPlan plan, StreamedModel model, IEnumerable<TraceEvent> events, bool zeroCopy)
    {
        this.plan = plan;
        this.model = model;
        this.zeroCopy = zeroCopy;
        retained = [.. plan.Retained];
        TraceEvent[] all = [.. events];
        reads = ByName(all, TraceLane.Storage);
        copies = ByName(all, TraceLane.Transfer);
    }

    public IReadOnlyList<ResidencyChange> All => changes;

    /// <summary>Where kernels read a chunk.</summary>
    public MemoryTier HomeOf(int chunk) => zeroCopy
        ? MemoryTier.Unified
        : model.Graph.Weights[model.Layout.Chunks[chunk].Weight].Storage is LinearWeight ? MemoryTier.Activation : MemoryTier.Texture;

    /// <summary>Bytes of a chunk's slot.</summary>
    public long SlotOf(int chunk) => model.Layout.Chunks[chunk].SlotBytes;

    /// <summary>Adds a run.</summary>
    /// <param name="kernels">Its kernels, the i-th of step i.</param>
    /// <param name="first">It loaded the retained chunks too.</param>
    public void AddRun(ReadOnlySpan<TraceEvent> kernels, bool first)
    {
        foreach (ChunkLoad load in plan.Preloaded)
        {
            Load(load, first);
        }

        for (int t = 0; t < plan.Steps.Length && t < kernels.Length; t++)
        {
            foreach (ChunkLoad load in plan.Steps[t].Loads)
            {
                Load(load, first);
            }

            foreach (ChunkMove move in plan.Steps[t].Moves.Where(move => first || !retained.Contains(move.FirstChunk)))
            {
                TraceEvent? mover = move.Mode == MoveMode.InKernel ? kernels[t] : Next(copies, ScheduleBuilder.LabelOf(model, move));
                if (mover is not null)
                {
                    long bytes = 0;
                    long stagedBytes = 0;
                    for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
                    {
                        bytes += SlotOf(chunk);
                        stagedBytes += staged.Remove(chunk) ? SlotOf(chunk) : 0;
                    }

                    changes.Add(new ResidencyChange(mover.End, MemoryTier.Unified, -stagedBytes));
                    changes.Add(new ResidencyChange(mover.Start, HomeOf(move.FirstChunk), bytes));
                }
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                Release(chunk, kernels[t].End);
            }
        }
    }

    /// <summary>A chunk is in use no more.</summary>
    public void Release(int chunk, DeviceTime time) => changes.Add(new ResidencyChange(time, HomeOf(chunk), -SlotOf(chunk)));

    private void Load(ChunkLoad load, bool first)
    {
        if ((first || !retained.Contains(load.Chunk)) && Next(reads, ScheduleBuilder.LabelOf(model, load.Chunk)) is { } read)
        {
            staged.Add(load.Chunk);
            changes.Add(new ResidencyChange(read.Start, MemoryTier.Unified, SlotOf(load.Chunk)));
        }
    }

    private static Dictionary<string, Queue<TraceEvent>> ByName(TraceEvent[] events, TraceLane lane)
    {
        var byName = new Dictionary<string, Queue<TraceEvent>>(events.Length, StringComparer.Ordinal);
        foreach (TraceEvent e in events.Where(e => e.Lane == lane).OrderBy(e => e.Start))
        {
            if (!byName.TryGetValue(e.Name, out Queue<TraceEvent>? queue))
            {
                byName.Add(e.Name, queue = new Queue<TraceEvent>(1));
            }

            queue.Enqueue(e);
        }

        return byName;
    }

    private static TraceEvent? Next(Dictionary<string, Queue<TraceEvent>> events, string name) =>
        events.TryGetValue(name, out Queue<TraceEvent>? queue) && queue.TryDequeue(out TraceEvent? next) ? next : null;
}
