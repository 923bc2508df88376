namespace FlashMem.Simulator.Engine;

/// <summary>
/// A bandwidth that flows share max-min fairly, as a fluid: everyone gets an equal share, those whose ceiling lies below it leave the rest
/// to the others. Work is conserved exactly: in whole picoseconds, flows that together can use the bandwidth move all of it, and what the
/// last picosecond of one flow leaves over goes to the others. The result does not depend on the order in which flows were added.
/// </summary>
/// <remarks>Time moves only by <see cref="AdvanceTo"/>. Changes cost O(flows log flows). Not thread-safe.</remarks>
internal sealed class SharedBandwidth
{
    private readonly long bytesPerSecond;
    private readonly List<BandwidthFlow> active = [];
    private long added;

    /// <param name="bytesPerSecond">Of all flows together; positive.</param>
    public SharedBandwidth(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        this.bytesPerSecond = bytesPerSecond;
    }

    /// <summary>In picoseconds.</summary>
    public long Now { get; private set; }

    public int ActiveFlows => active.Count;

    /// <summary>When the first of the present flows completes if none is added or removed; null without flows.</summary>
    public long? NextCompletion => active.Count == 0 ? null : Now + NextInterval();

    /// <summary>Starts a flow now. One of no bytes is complete at once.</summary>
    /// <param name="bytes">To move.</param>
    /// <param name="ceiling">Most bytes per second that it takes; positive.</param>
    public BandwidthFlow Add(long bytes, long ceiling = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ceiling);
        var flow = new BandwidthFlow(added++, bytes, Math.Min(ceiling, bytesPerSecond));
        if (bytes == 0)
        {
            flow.CompletedAt = Now;
        }
        else
        {
            active.Add(flow);
        }

        return flow;
    }

    /// <summary>Takes a flow out; what it has not moved stays unmoved.</summary>
    public void Remove(BandwidthFlow flow) => active.Remove(flow);

    /// <summary>Moves time on; flows that complete on the way are marked and leave.</summary>
    public void AdvanceTo(long time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Now);
        while (Now < time && active.Count > 0)
        {
            long interval = Math.Min(time - Now, NextInterval());
            Serve(interval);
            Now += interval;
            foreach (BandwidthFlow flow in active)
            {
                flow.CompletedAt = flow.Remaining == 0 ? Now : null;
            }

            active.RemoveAll(flow => flow.Remaining == 0);
        }

        Now = time;
    }

    /// <summary>Rate of a flow at this moment, bytes per second, rounded down.</summary>
    public long RateOf(BandwidthFlow flow)
    {
        (Int128 shared, long sharers) = Water();
        return active.Contains(flow) ? (long)Math.Min((long)Int128.Min(shared / Math.Max(1, sharers), long.MaxValue), flow.Ceiling) : 0;
    }

    // Flows by ascending ceiling; those that the level covers take their ceiling, the others (sharers) divide the rest.
    private (Int128 Shared, long Sharers) Water()
    {
        active.Sort(static (a, b) => Compare(a.Ceiling, b.Ceiling, a, b));
        Int128 rest = bytesPerSecond;
        long sharers = active.Count;
        foreach (BandwidthFlow flow in active)
        {
            if ((Int128)flow.Ceiling * sharers > rest)
            {
                break;
            }

            rest -= flow.Ceiling;
            sharers--;
        }

        // All satisfied: any level at or above the largest ceiling.
        return sharers == 0 ? (long.MaxValue, 1) : (rest, sharers);
    }

    private long NextInterval()
    {
        (Int128 shared, long sharers) = Water();
        Int128 least = long.MaxValue;
        foreach (BandwidthFlow flow in active)
        {
            bool capped = (Int128)flow.Ceiling * sharers <= shared;
            Int128 interval = capped
                ? (flow.Remaining + flow.Ceiling - 1) / flow.Ceiling
                : ((flow.Remaining * sharers) + shared - 1) / shared;
            least = Int128.Min(least, interval);
        }

        return (long)least;
    }

    private void Serve(long interval)
    {
        foreach (BandwidthFlow flow in active)
        {
            flow.Room = Int128.Min(flow.Remaining, (Int128)flow.Ceiling * interval);
        }

        // Max-min over the interval: who has the least room is served first, each time with an equal part of what is left. Rounding gives
        // the odd units to those with most room.
        active.Sort(static (a, b) => Compare(a.Room, b.Room, a, b));
        Int128 left = (Int128)bytesPerSecond * interval;
        for (int i = 0; i < active.Count; i++)
        {
            Int128 part = Int128.Min(active[i].Room, left / (active.Count - i));
            active[i].Remaining -= part;
            left -= part;
        }
    }

    private static int Compare(Int128 keyA, Int128 keyB, BandwidthFlow a, BandwidthFlow b)
    {
        int order = keyA.CompareTo(keyB);
        order = order != 0 ? order : a.Remaining.CompareTo(b.Remaining);
        return order != 0 ? order : a.Id.CompareTo(b.Id);
    }
}
