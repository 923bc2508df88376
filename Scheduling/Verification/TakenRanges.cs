namespace FlashMem.Scheduling.Verification;

/// <summary>A range of the arena and the chunk in it.</summary>
internal readonly record struct TakenRange(long Offset, long Bytes, int Chunk);

/// <summary>Disjoint ranges, sorted by offset.</summary>
internal sealed class TakenRanges
{
    private readonly List<TakenRange> ranges = [];

    /// <summary>Some range that shares a byte with the given one; null when it is free.</summary>
    public TakenRange? FirstWithin(long offset, long bytes)
    {
        // Ranges are disjoint, so among those that start before the end only the last one can reach into it.
        int last = IndexOf(offset + bytes - 1);
        last = last >= 0 ? last : ~last - 1;
        return last >= 0 && ranges[last].Offset + ranges[last].Bytes > offset ? ranges[last] : null;
    }

    /// <summary>Adds a range that is free.</summary>
    public void Add(TakenRange range) => ranges.Insert(~IndexOf(range.Offset), range);

    /// <summary>Removes the range that starts at this offset.</summary>
    public void Remove(long offset) => ranges.RemoveAt(IndexOf(offset));

    /// <summary>Index of the range at this offset, or the complement of the index where it would be inserted.</summary>
    private int IndexOf(long offset)
    {
        int low = 0;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].Offset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < ranges.Count && ranges[low].Offset == offset ? low : ~low;
    }
}
