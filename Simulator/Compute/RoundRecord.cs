using FlashMem.Simulator.Memory;

namespace FlashMem.Simulator.Compute;

/// <summary>
/// Times and counters at the ends of rounds (one workgroup per place). The launch has settled when the last third of its rounds took as
/// long as the third before it; the first third is left for caches to warm up.
/// </summary>
internal sealed class RoundRecord
{
    private readonly SteadyStateOptions options;
    private readonly List<(long Time, Counters Counters)> ends = [];
    private long nextCheck;
    private int window;

    public RoundRecord(SteadyStateOptions options, int size, long begin, Counters before)
    {
        this.options = options;
        Size = size;
        nextCheck = Math.Max(3, options.FewestRounds);
        ends.Add((begin, before));
    }

    /// <summary>Workgroups of a round.</summary>
    public int Size { get; }

    /// <summary>Whether a round ends with this number of completed workgroups.</summary>
    public bool IsDue(long completed) => completed % Size == 0 && options.FewestRounds < long.MaxValue;

    /// <summary>Records the end of a round; true once the rest can be extrapolated.</summary>
    public bool Settles(long time, Counters counters)
    {
        ends.Add((time, counters));
        int round = ends.Count - 1;
        window = Math.Max(1, round / 3);
        if (round >= options.MostRounds)
        {
            return true;
        }

        if (round < nextCheck)
        {
            return false;
        }

        nextCheck = 2L * round;
        long last = ends[^1].Time - ends[^(1 + window)].Time;
        long earlier = ends[^(1 + window)].Time - ends[^(1 + (2 * window))].Time;
        return (Int128)Math.Abs(last - earlier) * 1000 <= (Int128)options.TolerancePerMille * earlier;
    }

    /// <summary>Time of so many workgroups at the pace of the last rounds.</summary>
    public long TimeOf(long workgroups) =>
        (long)((Int128)(ends[^1].Time - ends[^(1 + window)].Time) * workgroups / ((long)window * Size));

    /// <summary>Adds the counts of so many workgroups as in the last rounds.</summary>
    public Counters CountsOf(long workgroups, Counters simulated) =>
        simulated.PlusSince(ends[^1].Counters, ends[^(1 + window)].Counters, workgroups, (long)window * Size);
}
