using FlashMem.Simulator.Engine;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Engine;

/// <summary>Fair sharing: work conserved to the picosecond, ceilings kept, no order dependence.</summary>
public sealed class SharedBandwidthTests
{
    private const long Second = 1_000_000_000_000;

    [Property]
    public void Flows_that_never_leave_it_idle_take_exactly_their_bytes_over_the_bandwidth(ushort[] bytes, uint bandwidth)
    {
        long perSecond = bandwidth + 1L;
        var shared = new SharedBandwidth(perSecond);
        foreach (ushort flow in bytes)
        {
            shared.Add(flow);
        }

        Int128 total = bytes.Sum(flow => (long)flow);
        Assert.Equal((long)(((total * Second) + perSecond - 1) / perSecond), RunOut(shared));
    }

    [Property]
    public void A_flow_that_joins_later_does_not_cost_work(ushort first, ushort second, uint bandwidth, byte percent)
    {
        long perSecond = bandwidth + 1L;
        var shared = new SharedBandwidth(perSecond);
        shared.Add(first + 1L);
        shared.AdvanceTo((long)((Int128)shared.NextCompletion!.Value * (percent % 100) / 100));
        shared.Add(second + 1L);

        Int128 total = first + second + 2L;
        Assert.Equal((long)(((total * Second) + perSecond - 1) / perSecond), RunOut(shared));
    }

    [Property]
    public void No_flow_goes_faster_than_its_ceiling_nor_slower_than_its_fair_share(
        (ushort Bytes, ushort Ceiling)[] flows, ushort bandwidth)
    {
        long perSecond = bandwidth + 1L;
        var shared = new SharedBandwidth(perSecond);
        (BandwidthFlow Flow, long Ceiling)[] all =
            [.. flows.Select(flow => (shared.Add(flow.Bytes, flow.Ceiling + 1L), flow.Ceiling + 1L))];
        RunOut(shared);

        foreach ((BandwidthFlow flow, long ceiling) in all)
        {
            Int128 time = flow.CompletedAt!.Value;
            Int128 slowest = Int128.Max(1, Int128.Min(ceiling * all.Length, perSecond));
            Assert.True(time * Math.Min(ceiling, perSecond) >= (Int128)flow.Bytes * Second);
            Assert.True((time - 1) * slowest <= (Int128)flow.Bytes * Second * all.Length);
        }
    }

    [Property]
    public void The_order_of_the_calls_does_not_matter((ushort Bytes, byte Ceiling)[] flows, ushort bandwidth)
    {
        Assert.Equal(Completions(flows, bandwidth + 1L), Completions([.. flows.Reverse()], bandwidth + 1L));
    }

    [Property]
    public void Stopping_on_the_way_does_not_move_the_end(ushort[] bytes, ushort bandwidth, byte stops)
    {
        var straight = new SharedBandwidth(bandwidth + 1L);
        var halting = new SharedBandwidth(bandwidth + 1L);
        foreach (ushort flow in bytes)
        {
            straight.Add(flow, 1L + (flow % 1000));
            halting.Add(flow, 1L + (flow % 1000));
        }

        long end = RunOut(straight);
        for (int stop = 1; stop <= stops % 8; stop++)
        {
            halting.AdvanceTo((long)((Int128)end * stop / 8));
        }

        Assert.InRange(RunOut(halting) - end, -bytes.Length, bytes.Length);
    }

    [Fact]
    public void Three_flows_share_as_water_fills_a_vessel()
    {
        var shared = new SharedBandwidth(90);
        BandwidthFlow narrow = shared.Add(100, 10);
        BandwidthFlow wide = shared.Add(400);
        BandwidthFlow other = shared.Add(800);

        Assert.Equal((10, 40, 40), (shared.RateOf(narrow), shared.RateOf(wide), shared.RateOf(other)));
        Assert.Equal(10 * Second, shared.NextCompletion);
        shared.AdvanceTo(10 * Second);
        Assert.Equal((10 * Second, 10 * Second), (narrow.CompletedAt, wide.CompletedAt));
        Assert.Equal(400, other.RemainingBytes);
        Assert.Equal(90, shared.RateOf(other));
        shared.Remove(other);
        Assert.Null(shared.NextCompletion);
    }

    private static long RunOut(SharedBandwidth shared)
    {
        long last = shared.Now;
        while (shared.NextCompletion is { } next)
        {
            shared.AdvanceTo(next);
            last = next;
        }

        return last;
    }

    private static (ushort, byte, long)[] Completions((ushort Bytes, byte Ceiling)[] flows, long bandwidth)
    {
        var shared = new SharedBandwidth(bandwidth);
        (ushort, byte, BandwidthFlow)[] all =
            [.. flows.Select(flow => (flow.Bytes, flow.Ceiling, shared.Add(flow.Bytes, flow.Ceiling + 1L)))];
        RunOut(shared);
        return [.. all.Select(flow => (flow.Item1, flow.Item2, flow.Item3.CompletedAt!.Value)).Order()];
    }
}
