using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>One of the two arenas on a device with a texture tier, filled step by step.</summary>
/// <param name="problem">Its chunks.</param>
/// <param name="bytes">Size of the arena.</param>
/// <param name="blockBytes">No chunk may lie across a multiple of this.</param>
/// <param name="tables">It holds large linear weights; else panel chunks.</param>
/// <param name="head">When its parts become free, where nothing is retained; null when it is empty from the start.</param>
internal sealed class DeviceArena(PlanProblem problem, long bytes, long blockBytes, bool tables, ArenaHead? head = null)
{
    private readonly long[] keptAt = new long[problem.Chunks.Length];
    private readonly ChunkRun run = new();
    private ArenaSkyline window = new(0, bytes);

    /// <summary>Highest address used.</summary>
    public long Top { get; private set; }

    /// <summary>Lays the retained chunks at the bottom, in order of their ids; false when they do not fit.</summary>
    public bool KeepRetained(bool[] retained)
    {
        long end = 0;
        foreach (ProblemChunk chunk in problem.Chunks)
        {
            if (retained[chunk.Id] && chunk.IsTable == tables)
            {
                keptAt[chunk.Id] = TextureBlocks.Fit(end, chunk.SlotBytes, blockBytes);
                end = keptAt[chunk.Id] + chunk.SlotBytes;
            }
        }

        Top = end;
        window = head?.Skyline() ?? new ArenaSkyline(end, bytes);
        return end <= bytes;
    }

    /// <summary>Where a retained chunk lies.</summary>
    public long KeptAt(int chunk) => keptAt[chunk];

    /// <summary>Places this arena's chunks of one step; false when they do not fit by then.</summary>
    /// <param name="group">The step's loads.</param>
    /// <param name="from">First step of the first move; becomes the last chunk's.</param>
    public bool Place(Span<PlacedLoad> group, ref int from)
    {
        run.Clear();
        foreach (PlacedLoad load in group)
        {
            if (IsMine(load) && !load.Retained)
            {
                run.Add(Slot(load), load.Demand.NotBefore);
            }
        }

        // A step's chunks are used together, so the first one's deadline is everyone's.
        return (run.Count == 0 || window.FindRun(run, from, group[0].Demand.First, blockBytes))
            ? Take(group, ref from)
            : PlaceScattered(group, ref from);
    }

    private bool Take(Span<PlacedLoad> group, ref int from)
    {
        int next = 0;
        foreach (ref PlacedLoad load in group)
        {
            if (!IsMine(load))
            {
                continue;
            }

            if (load.Retained)
            {
                load = load with { TargetOffset = keptAt[load.Demand.Chunk], MoveStep = from };
                continue;
            }

            from = Math.Max(from, run.Steps[next]);
            load = load with { TargetOffset = run.Offsets[next++], MoveStep = from };
            Occupy(load);
        }

        return true;
    }

    private bool PlaceScattered(Span<PlacedLoad> group, ref int from)
    {
        foreach (ref PlacedLoad load in group)
        {
            if (!IsMine(load))
            {
                continue;
            }

            long offset = keptAt[load.Demand.Chunk];
            if (!load.Retained)
            {
                run.Clear();
                run.Add(Slot(load), load.Demand.NotBefore);
                if (!window.FindRun(run, from, load.Demand.First, blockBytes))
                {
                    return false;
                }

                from = run.Steps[0];
                offset = run.Offsets[0];
            }

            load = load with { TargetOffset = offset, MoveStep = from };
            if (!load.Retained)
            {
                Occupy(load);
            }
        }

        return true;
    }

    private void Occupy(PlacedLoad load)
    {
        window.Take(load.TargetOffset, Slot(load), load.Demand.Last + 1);
        Top = Math.Max(Top, load.TargetOffset + Slot(load));
    }

    private bool IsMine(PlacedLoad load) => problem.Chunks[load.Demand.Chunk].IsTable == tables;

    private long Slot(PlacedLoad load) => problem.Chunks[load.Demand.Chunk].SlotBytes;
}
