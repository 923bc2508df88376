using FlashMem.Simulator.Engine;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Engine;

/// <summary>Gates are tight, rates are exact.</summary>
public sealed class GateTests
{
    [Property]
    public void A_gate_is_blocked_one_picosecond_before_it_is_free_and_ready_when_it_is(ushort first, ushort length)
    {
        long duration = length + 1L;
        var blocked = default(Gate);
        var ready = default(Gate);
        Assert.Equal(first, blocked.Reserve(first, duration));
        Assert.Equal(first, ready.Reserve(first, duration));

        Assert.Equal(first + duration, blocked.Reserve(first + duration - 1, 1));
        Assert.Equal(first + duration, ready.Reserve(first + duration, 1));
    }

    [Property]
    public void Work_that_is_always_there_keeps_a_gate_busy(ushort[] durations)
    {
        var gate = default(Gate);
        foreach (ushort duration in durations)
        {
            gate.Reserve(0, duration);
        }

        Assert.Equal(durations.Sum(duration => (long)duration), gate.FreeAt);
        Assert.Equal(gate.FreeAt, gate.Busy);
    }

    [Property]
    public void A_duration_is_the_least_whole_one_that_the_rate_allows(uint count, uint perSecond)
    {
        long unitsPerSecond = perSecond + 1L;
        long duration = Rate.PerSecond(unitsPerSecond).Duration(count);

        Assert.True((Int128)duration * unitsPerSecond >= (Int128)count * 1_000_000_000_000);
        Assert.True(((Int128)duration - 1) * unitsPerSecond < (Int128)count * 1_000_000_000_000);
    }
}
