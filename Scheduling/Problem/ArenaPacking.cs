namespace FlashMem.Scheduling.Problem;

/// <summary>A range to place: its bytes and the time during which it needs them.</summary>
internal readonly record struct ArenaItem(int Id, long Bytes, BufferLifetime Lifetime);

/// <summary>
/// Offline placement of ranges with known lifetimes (dynamic storage allocation). Every order places one item after the other into the
/// tightest hole left by the items already placed that live at the same time; the smallest result of all orders wins.
/// </summary>
internal static class ArenaPacking
{
    /// <summary>Writes offsets by item id; returns the bytes needed.</summary>
    public static long Pack(IReadOnlyList<ArenaItem> items, Span<long> offsets)
    {
        long floor = LargestLiveBytes(items);
        long best = long.MaxValue;
        var trial = new long[offsets.Length];
        foreach (IEnumerable<ArenaItem> order in Orders(items))
        {
            long bytes = Place(order, trial);
            if (bytes < best)
            {
                best = bytes;
                trial.CopyTo(offsets);
            }

            if (best == floor)
            {
                break;
            }
        }

        return items.Count == 0 ? 0 : best;
    }

    /// <summary>Most bytes live at one time: no placement needs less.</summary>
    public static long LargestLiveBytes(IReadOnlyList<ArenaItem> items)
    {
        var changes = new SortedDictionary<int, long>();
        foreach (ArenaItem item in items)
        {
            changes[item.Lifetime.First] = changes.GetValueOrDefault(item.Lifetime.First) + item.Bytes;
            changes[item.Lifetime.Last + 1] = changes.GetValueOrDefault(item.Lifetime.Last + 1) - item.Bytes;
        }

        long live = 0;
        long most = 0;
        foreach (long change in changes.Values)
        {
            live += change;
            most = Math.Max(most, live);
        }

        return most;
    }

    private static IEnumerable<IEnumerable<ArenaItem>> Orders(IReadOnlyList<ArenaItem> items)
    {
        yield return items.OrderByDescending(item => item.Bytes).ThenBy(item => item.Lifetime.First).ThenBy(item => item.Id);
        yield return ByBreadth(items);
        yield return items.OrderByDescending(item => item.Lifetime.Last - item.Lifetime.First)
            .ThenByDescending(item => item.Bytes).ThenBy(item => item.Id);
        yield return items.OrderByDescending(item => (double)item.Bytes * (item.Lifetime.Last - item.Lifetime.First + 1))
            .ThenBy(item => item.Id);
        yield return items.OrderBy(item => item.Lifetime.First).ThenByDescending(item => item.Bytes).ThenBy(item => item.Id);
        yield return items.OrderByDescending(item => item.Lifetime.Last).ThenByDescending(item => item.Bytes).ThenBy(item => item.Id);
    }

    /// <summary>The times with most live bytes first; at each, its items by size.</summary>
    private static IEnumerable<ArenaItem> ByBreadth(IReadOnlyList<ArenaItem> items)
    {
        var live = new Dictionary<int, long>();
        foreach (ArenaItem item in items)
        {
            for (int time = item.Lifetime.First; time <= item.Lifetime.Last; time++)
            {
                live[time] = live.GetValueOrDefault(time) + item.Bytes;
            }
        }

        return items
            .Select(item => (Item: item, Breadth: Enumerable
                .Range(item.Lifetime.First, item.Lifetime.Last - item.Lifetime.First + 1).Max(time => live[time])))
            .OrderByDescending(pair => pair.Breadth).ThenByDescending(pair => pair.Item.Bytes).ThenBy(pair => pair.Item.Id)
            .Select(pair => pair.Item);
    }

    private static long Place(IEnumerable<ArenaItem> order, long[] offsets)
    {
        var placed = new List<(long Start, long End, BufferLifetime Lifetime)>();
        long bytes = 0;
        foreach (ArenaItem item in order)
        {
            long offset = TightestHole(placed, item);
            offsets[item.Id] = offset;
            bytes = Math.Max(bytes, offset + item.Bytes);
            int position = placed.FindIndex(other => other.Start > offset);
            placed.Insert(position < 0 ? placed.Count : position, (offset, offset + item.Bytes, item.Lifetime));
        }

        return bytes;
    }

    private static long TightestHole(List<(long Start, long End, BufferLifetime Lifetime)> placed, ArenaItem item)
    {
        long free = 0;
        long best = -1;
        long bestSize = long.MaxValue;
        foreach ((long start, long end, BufferLifetime lifetime) in placed)
        {
            if (!lifetime.Meets(item.Lifetime))
            {
                continue;
            }

            long size = start - free;
            if (size >= item.Bytes && size < bestSize)
            {
                best = free;
                bestSize = size;
            }

            free = Math.Max(free, end);
        }

        return best >= 0 ? best : free;
    }
}
