using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Gives every residency an arena range and the earliest step at which its read may start. Retained chunks lie at the bottom of the
/// arena, one after the other; the rest share the window above them. Reads of pinned chunks come first, before step 0.
/// </summary>
/// <remarks>
/// Residencies are placed in order of first use, so when a step's chunks are placed only chunks of earlier steps are in the way; all of
/// those are gone when the step is reached, except for residencies bridged between nearby uses. If prefetching has scattered the window
/// so that a step's chunks do not fit by the time they are needed, the step's chunks are placed as one block, read when the step is
/// reached; if bridged residencies still prevent that, nothing is bridged. The last resort always fits, because no step needs
/// more than the window. Devices with a texture tier have <see cref="TexturePlacer"/>.
/// </remarks>
internal sealed class SchedulePlacer(PlanProblem problem)
{
    /// <summary>Uses at most this many steps apart share a residency: slices of one kernel, and neighbours.</summary>
    public const int Bridge = 2;

    /// <summary>Places everything.</summary>
    /// <param name="retained">Chunks kept between runs, by id; together with the hungriest step of the rest they fit the capacity.</param>
    /// <param name="earliest">First step with which a read may start, by the step that uses it; at most that step.</param>
    /// <param name="inOrder">Reads start in order of use, so that an urgent one is never behind one that can wait.</param>
    /// <param name="head">When parts of the arena become free, where nothing is retained; null when it is empty from the start.</param>
    public Schedule Place(bool[] retained, Func<int, int> earliest, bool inOrder, ArenaHead? head = null)
    {
        Schedule? schedule = TryPlace(retained, earliest, inOrder, Bridge, head) ?? TryPlace(retained, earliest, inOrder, 0, head);
        return schedule ?? throw new InvalidOperationException(
            $"no placement within {problem.ArenaCapacity} bytes although no step needs more than the window");
    }

    private Schedule? TryPlace(bool[] retained, Func<int, int> earliest, bool inOrder, int bridge, ArenaHead? head)
    {
        ChunkDemand[] demands = ChunkDemand.Of(problem, retained, bridge);
        var loads = new PlacedLoad[demands.Length];
        long bottom = PlaceRetained(demands, retained, loads);
        ArenaSkyline skyline = head?.Skyline() ?? new ArenaSkyline(bottom, problem.ArenaCapacity);
        long top = bottom;
        int reached = head?.FirstStep ?? 0;
        for (int start = PinnedCount(demands); start < demands.Length;)
        {
            int step = demands[start].First;
            int end = start;
            while (end < demands.Length && demands[end].First == step)
            {
                end++;
            }

            Span<PlacedLoad> group = loads.AsSpan(start, end - start);
            int from = inOrder ? Math.Max(reached, earliest(step)) : earliest(step);
            List<ArenaSkyline.Segment> before = skyline.Save();
            if (!PlaceEach(demands.AsSpan(start, group.Length), group, skyline, from, inOrder))
            {
                skyline.Restore(before);
                if (!PlaceBlock(demands.AsSpan(start, group.Length), group, skyline))
                {
                    return null;
                }
            }

            foreach (PlacedLoad load in group)
            {
                reached = Math.Max(reached, load.Step);
                top = Math.Max(top, load.Offset + Slot(load.Demand));
            }

            start = end;
        }

        if (head is not null)
        {
            loads = [.. loads.Select(load => load with { Step = Math.Max(0, load.Step) })];
        }

        return new Schedule(inOrder ? loads : [.. loads.OrderBy(load => load.Step)], top);
    }

    private long PlaceRetained(ChunkDemand[] demands, bool[] retained, PlacedLoad[] loads)
    {
        long offset = 0;
        for (int i = 0; i < demands.Length; i++)
        {
            if (retained[demands[i].Chunk])
            {
                int step = problem.Chunks[demands[i].Chunk].IsPinned ? 0 : demands[i].First;
                loads[i] = new PlacedLoad(demands[i], offset, step, Retained: true);
                offset += Slot(demands[i]);
            }
        }

        return offset;
    }

    /// <summary>Each chunk of one step where it can start earliest. False when some chunk would come after the step.</summary>
    private bool PlaceEach(ReadOnlySpan<ChunkDemand> demands, Span<PlacedLoad> group, ArenaSkyline skyline, int from, bool inOrder)
    {
        int step = from;
        for (int i = 0; i < demands.Length; i++)
        {
            if (group[i].Retained)
            {
                group[i] = group[i] with { Step = inOrder ? step : from };
                continue;
            }

            int wanted = Math.Max(demands[i].NotBefore, inOrder ? step : from);
            if (skyline.Find(Slot(demands[i]), wanted) is not { } place || place.Step > demands[i].First)
            {
                return false;
            }

            step = place.Step;
            skyline.Take(place.Offset, Slot(demands[i]), demands[i].Last + 1);
            group[i] = new PlacedLoad(demands[i], place.Offset, place.Step, Retained: false);
        }

        return true;
    }

    /// <summary>All chunks of one step side by side, read when the step is reached. False when no range is free then.</summary>
    private bool PlaceBlock(ReadOnlySpan<ChunkDemand> demands, Span<PlacedLoad> group, ArenaSkyline skyline)
    {
        int step = demands[0].First;
        long bytes = 0;
        for (int i = 0; i < demands.Length; i++)
        {
            bytes += group[i].Retained ? 0 : Slot(demands[i]);
        }

        if (skyline.Find(bytes, step) is not { } place || place.Step > step)
        {
            return false;
        }

        long offset = place.Offset;
        for (int i = 0; i < demands.Length; i++)
        {
            if (group[i].Retained)
            {
                group[i] = group[i] with { Step = step };
                continue;
            }

            group[i] = new PlacedLoad(demands[i], offset, step, Retained: false);
            skyline.Take(offset, Slot(demands[i]), demands[i].Last + 1);
            offset += Slot(demands[i]);
        }

        return true;
    }

    private int PinnedCount(ChunkDemand[] demands) => demands.Count(demand => problem.Chunks[demand.Chunk].IsPinned);

    private long Slot(ChunkDemand demand) => problem.Chunks[demand.Chunk].SlotBytes;
}
