using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// The address space of the streaming window over time: for every address, the step from which it is free for ever. Ranges are placed
/// one after the other, each where it can start earliest; for equal sizes this behaves as a ring.
/// </summary>
internal sealed class ArenaSkyline
{
    private readonly long end;
    private List<Segment> segments;

    // Where and when the chunks of a run would lie from the address that is being tried.
    private long[] offsets = [];
    private int[] steps = [];

    /// <summary>An empty window over the addresses [start, end).</summary>
    public ArenaSkyline(long start, long end)
    {
        this.end = end;
        segments = start < end ? [new Segment(start, 0)] : [];
    }

    /// <summary>A window over the addresses [0, end) whose parts are not all free from the start.</summary>
    public ArenaSkyline(long end, IEnumerable<(long Start, int FreeFrom)> free)
    {
        this.end = end;
        segments = [.. free.Select(segment => new Segment(segment.Start, segment.FreeFrom))];
    }

    /// <summary>
    /// The lowest address at which a range of this size is free from the earliest possible step on, not before <paramref name="earliest"/>.
    /// Null when the window is smaller than the range.
    /// </summary>
    public (long Offset, int Step)? Find(long bytes, int earliest)
    {
        long offset = -1;
        int best = int.MaxValue;
        for (int i = 0; i < segments.Count && segments[i].Start + bytes <= end; i++)
        {
            int step = Math.Max(earliest, segments[i].FreeFrom);
            long limit = segments[i].Start + bytes;
            for (int k = i + 1; step < best && k < segments.Count && segments[k].Start < limit; k++)
            {
                step = Math.Max(step, segments[k].FreeFrom);
            }

            if (step < best)
            {
                offset = segments[i].Start;
                best = step;
                if (step == earliest)
                {
                    break;
                }
            }
        }

        return offset < 0 ? null : (offset, best);
    }

    /// <summary>
    /// Lays chunks one after the other, none across a multiple of <paramref name="blockBytes"/>, where the last of them can lie earliest
    /// (then all of them together, then at the lowest address). A chunk can lie on its range once the range is free and the chunk before it
    /// lies on its own. False when no place is free for all of them by <paramref name="deadline"/>.
    /// </summary>
    public bool FindRun(ChunkRun run, int earliest, int deadline, long blockBytes)
    {
        if (offsets.Length < run.Count)
        {
            offsets = new long[run.Count];
            steps = new int[run.Count];
        }

        (int Last, long Sum) best = (int.MaxValue, long.MaxValue);
        for (int i = 0; i < segments.Count && best.Last > earliest; i++)
        {
            (int Last, long Sum)? found = LayFrom(i, run, earliest, Math.Min(deadline, best.Last), blockBytes, out bool beyond);
            if (beyond)
            {
                break;
            }

            if (found is { } end && (end.Last < best.Last || (end.Last == best.Last && end.Sum < best.Sum)))
            {
                best = end;
                offsets.AsSpan(0, run.Count).CopyTo(run.Offsets);
                steps.AsSpan(0, run.Count).CopyTo(run.Steps);
            }
        }

        return best.Last != int.MaxValue;
    }

    private (int Last, long Sum)? LayFrom(int first, ChunkRun run, int earliest, int deadline, long blockBytes, out bool beyond)
    {
        long next = segments[first].Start;
        int segment = first;
        int step = earliest;
        long sum = 0;
        beyond = false;
        for (int chunk = 0; chunk < run.Count; chunk++)
        {
            long offset = TextureBlocks.Fit(next, run.BytesOf(chunk), blockBytes);
            next = offset + run.BytesOf(chunk);
            if (next > end)
            {
                beyond = true;
                return null;
            }

            while (segment + 1 < segments.Count && segments[segment + 1].Start <= offset)
            {
                segment++;
            }

            step = Math.Max(step, Math.Max(run.NotBefore(chunk), segments[segment].FreeFrom));
            while (segment + 1 < segments.Count && segments[segment + 1].Start < next)
            {
                segment++;
                step = Math.Max(step, segments[segment].FreeFrom);
            }

            if (step > deadline)
            {
                return null;
            }

            offsets[chunk] = offset;
            steps[chunk] = step;
            sum += step;
        }

        return (step, sum);
    }

    /// <summary>Marks a range as taken until <paramref name="freeFrom"/>.</summary>
    public void Take(long offset, long bytes, int freeFrom)
    {
        long limit = offset + bytes;
        int first = IndexOf(offset);
        int last = first;
        while (last + 1 < segments.Count && segments[last + 1].Start < limit)
        {
            last++;
        }

        Segment tail = segments[last] with { Start = limit };
        bool hasTail = limit < (last + 1 < segments.Count ? segments[last + 1].Start : end);
        int from = segments[first].Start < offset ? first + 1 : first;
        segments.RemoveRange(from, last - from + 1);
        if (hasTail && tail.FreeFrom != freeFrom)
        {
            segments.Insert(from, tail);
        }

        if (from == 0 || segments[from - 1].FreeFrom != freeFrom)
        {
            segments.Insert(from++, new Segment(offset, freeFrom));
        }

        if (from < segments.Count && segments[from].FreeFrom == freeFrom)
        {
            segments.RemoveAt(from);
        }
    }

    /// <summary>The segment in which an address lies.</summary>
    private int IndexOf(long address)
    {
        int low = 0;
        int high = segments.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = segments[middle].Start <= address ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    public List<Segment> Save() => [.. segments];

    public void Restore(List<Segment> saved) => segments = [.. saved];

    /// <summary>Addresses from Start to the next segment are free from step FreeFrom on.</summary>
    internal readonly record struct Segment(long Start, int FreeFrom);
}
