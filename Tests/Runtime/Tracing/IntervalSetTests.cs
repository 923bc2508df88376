using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Tracing;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Tracing;

/// <summary>Compares interval arithmetic with sets of small whole moments.</summary>
public sealed class IntervalSetTests
{
    [Property]
    public void A_union_covers_exactly_the_moments_of_its_parts(byte[] numbers)
    {
        Interval[] parts = Intervals(numbers);
        IntervalSet union = IntervalSet.Union(parts);
        Assert.Equal(Moments(parts), Moments(union.Intervals));
        Assert.Equal(Moments(parts).Count, union.Total.Picoseconds);
        for (int i = 1; i < union.Intervals.Length; i++)
        {
            Assert.True(union.Intervals[i - 1].End < union.Intervals[i].Start);
        }
    }

    [Property]
    public void An_intersection_covers_exactly_the_common_moments(byte[] left, byte[] right)
    {
        IntervalSet a = IntervalSet.Union(Intervals(left));
        IntervalSet b = IntervalSet.Union(Intervals(right));
        SortedSet<long> expected = Moments(a.Intervals);
        expected.IntersectWith(Moments(b.Intervals));
        Assert.Equal(expected, Moments(a.Intersect(b).Intervals));
        Assert.Equal(expected, Moments(b.Intersect(a).Intervals));
    }

    private static Interval[] Intervals(byte[] numbers) =>
    [
        .. numbers.Chunk(2)
            .Where(pair => pair.Length == 2)
            .Select(pair => new Interval(new DeviceTime(pair[0]), new DeviceTime(pair[1]))),
    ];

    private static SortedSet<long> Moments(IEnumerable<Interval> intervals)
    {
        var moments = new SortedSet<long>();
        foreach (Interval interval in intervals)
        {
            for (long t = interval.Start.Picoseconds; t < interval.End.Picoseconds; t++)
            {
                moments.Add(t);
            }
        }

        return moments;
    }
}
