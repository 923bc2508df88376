using System.Collections.Immutable;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Tracing;

/// <summary>A set of moments: the union of stretches, kept sorted, disjoint and not touching. Immutable.</summary>
public sealed class IntervalSet
{
    private IntervalSet(ImmutableArray<Interval> intervals) => Intervals = intervals;

    public ImmutableArray<Interval> Intervals { get; }

    /// <summary>Time covered.</summary>
    public DeviceTime Total
    {
        get
        {
            DeviceTime total = DeviceTime.Zero;
            foreach (Interval interval in Intervals)
            {
                total += interval.End - interval.Start;
            }

            return total;
        }
    }

    /// <summary>Every moment that is in at least one of the stretches.</summary>
    public static IntervalSet Union(IEnumerable<Interval> intervals)
    {
        var merged = ImmutableArray.CreateBuilder<Interval>();
        foreach (Interval next in intervals.Where(interval => interval.Start < interval.End).OrderBy(interval => interval.Start))
        {
            if (merged.Count > 0 && next.Start <= merged[^1].End)
            {
                DeviceTime end = next.End > merged[^1].End ? next.End : merged[^1].End;
                merged[^1] = merged[^1] with { End = end };
            }
            else
            {
                merged.Add(next);
            }
        }

        return new IntervalSet(merged.DrainToImmutable());
    }

    /// <summary>Every moment that is in both sets.</summary>
    public IntervalSet Intersect(IntervalSet other)
    {
        var common = ImmutableArray.CreateBuilder<Interval>();
        int mine = 0;
        int theirs = 0;
        while (mine < Intervals.Length && theirs < other.Intervals.Length)
        {
            Interval a = Intervals[mine];
            Interval b = other.Intervals[theirs];
            DeviceTime start = a.Start > b.Start ? a.Start : b.Start;
            DeviceTime end = a.End < b.End ? a.End : b.End;
            if (start < end)
            {
                common.Add(new Interval(start, end));
            }

            if (a.End < b.End)
            {
                mine++;
            }
            else
            {
                theirs++;
            }
        }

        return new IntervalSet(common.DrainToImmutable());
    }
}
