namespace FlashMem.Scheduling.Problem;

/// <summary>A range to place: its bytes and the time during which it needs them.</summary>
internal sealed record ArenaItem(int Id, long Bytes, BufferLifetime Lifetime)
{
    /// <summary>Where the current attempt has put it.</summary>
    public long Offset { get; set; }

    /// <summary>Most bytes live at one time during its lifetime.</summary>
    public long Breadth { get; set; }

    public long End => Offset + Bytes;
}

/// <summary>
/// Offline placement of ranges with known lifetimes (dynamic storage allocation). Every order places one item after the other into the
/// tightest hole left by the items already placed that live at the same time; the smallest result of all orders wins. While it is above
/// the most that lives at one time, the item that sticks out is placed earlier and the order tried again.
/// </summary>
/// <remarks>Written with arrays and comparisons rather than queries: it runs at every start, when all code is still cold.</remarks>
internal static class ArenaPacking
{
    private static readonly Comparison<ArenaItem>[] Orders =
    [
        (a, b) => First(b.Bytes.CompareTo(a.Bytes), a.Lifetime.First.CompareTo(b.Lifetime.First), a, b),
        (a, b) => First(b.Breadth.CompareTo(a.Breadth), b.Bytes.CompareTo(a.Bytes), a, b),
        (a, b) => First(b.Lifetime.Length.CompareTo(a.Lifetime.Length), b.Bytes.CompareTo(a.Bytes), a, b),
        (a, b) => First(((double)b.Bytes * b.Lifetime.Length).CompareTo((double)a.Bytes * a.Lifetime.Length), 0, a, b),
        (a, b) => First(a.Lifetime.First.CompareTo(b.Lifetime.First), b.Bytes.CompareTo(a.Bytes), a, b),
        (a, b) => First(b.Lifetime.Last.CompareTo(a.Lifetime.Last), b.Bytes.CompareTo(a.Bytes), a, b),
    ];

    /// <summary>Repairs tried when no order reaches the floor.</summary>
    private const int Repairs = 60;

    /// <summary>Writes offsets by item id; returns the bytes needed.</summary>
    public static long Pack(ArenaItem[] items, long[] offsets)
    {
        if (items.Length == 0)
        {
            return 0;
        }

        long floor = LargestLiveBytes(items);
        long best = long.MaxValue;
        var order = (ArenaItem[])items.Clone();
        var bestOrder = (ArenaItem[])items.Clone();
        for (int i = 0; i < Orders.Length + Repairs && best > floor; i++)
        {
            if (i < Orders.Length)
            {
                Array.Sort(order, Orders[i]);
            }
            else
            {
                if (i == Orders.Length)
                {
                    bestOrder.CopyTo(order, 0);
                    Place(order);
                }

                Promote(order);
            }

            long bytes = Place(order);
            if (bytes < best)
            {
                best = bytes;
                order.CopyTo(bestOrder, 0);
                foreach (ArenaItem item in items)
                {
                    offsets[item.Id] = item.Offset;
                }
            }
        }

        return best;
    }

    /// <summary>Moves the item that ends highest half way to the front.</summary>
    private static void Promote(ArenaItem[] order)
    {
        int highest = 0;
        for (int i = 1; i < order.Length; i++)
        {
            highest = order[i].End > order[highest].End ? i : highest;
        }

        ArenaItem item = order[highest];
        int target = highest / 2;
        Array.Copy(order, target, order, target + 1, highest - target);
        order[target] = item;
    }

    /// <summary>Most bytes live at one time: no placement needs less. Also notes every item's breadth.</summary>
    public static long LargestLiveBytes(ArenaItem[] items)
    {
        int end = 0;
        foreach (ArenaItem item in items)
        {
            end = Math.Max(end, item.Lifetime.Last + 1);
        }

        // Index time + 1, because time -1 is before the first kernel.
        var live = new long[end + 1];
        long most = 0;
        foreach (ArenaItem item in items)
        {
            for (int time = item.Lifetime.First; time <= item.Lifetime.Last; time++)
            {
                live[time + 1] += item.Bytes;
                most = Math.Max(most, live[time + 1]);
            }
        }

        foreach (ArenaItem item in items)
        {
            item.Breadth = 0;
            for (int time = item.Lifetime.First; time <= item.Lifetime.Last; time++)
            {
                item.Breadth = Math.Max(item.Breadth, live[time + 1]);
            }
        }

        return most;
    }

    private static int First(int one, int two, ArenaItem a, ArenaItem b) => one != 0 ? one : two != 0 ? two : a.Id.CompareTo(b.Id);

    /// <summary>Places the items in this order; returns the bytes needed.</summary>
    private static long Place(ArenaItem[] order)
    {
        var placed = new List<ArenaItem>(order.Length);
        long bytes = 0;
        foreach (ArenaItem item in order)
        {
            item.Offset = TightestHole(placed, item);
            bytes = Math.Max(bytes, item.End);
            int position = placed.Count;
            while (position > 0 && placed[position - 1].Offset > item.Offset)
            {
                position--;
            }

            placed.Insert(position, item);
        }

        return bytes;
    }

    /// <summary>Lowest offset of the smallest hole that takes the item; beyond all of its contemporaries when no hole does.</summary>
    private static long TightestHole(List<ArenaItem> placed, ArenaItem item)
    {
        long free = 0;
        long best = -1;
        long bestSize = long.MaxValue;
        foreach (ArenaItem other in placed)
        {
            if (!other.Lifetime.Meets(item.Lifetime))
            {
                continue;
            }

            long size = other.Offset - free;
            if (size >= item.Bytes && size < bestSize)
            {
                best = free;
                bestSize = size;
            }

            free = Math.Max(free, other.End);
        }

        return best >= 0 ? best : free;
    }
}
