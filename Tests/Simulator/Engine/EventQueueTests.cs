using FlashMem.Simulator.Engine;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Engine;

/// <summary>Order of events.</summary>
public sealed class EventQueueTests
{
    [Property]
    public void Events_come_by_time_and_then_in_the_order_of_their_pushes(byte[] times)
    {
        var queue = new EventQueue<int>();
        for (int i = 0; i < times.Length; i++)
        {
            queue.Push(times[i], i);
        }

        var seen = new List<int>();
        while (queue.TryPop(out long time, out int payload))
        {
            Assert.Equal(times[payload], time);
            seen.Add(payload);
        }

        Assert.Equal(Enumerable.Range(0, times.Length).OrderBy(i => times[i]), seen);
    }

    [Property]
    public void Pushes_between_pops_keep_the_order(byte[] steps)
    {
        var queue = new EventQueue<int>();
        var reference = new List<(long Time, int Sequence)>();
        long now = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            queue.Push(now + (steps[i] >> 2), i);
            reference.Add((now + (steps[i] >> 2), i));
            if ((steps[i] & 3) == 0)
            {
                (long Time, int Sequence) first = reference.Min();
                reference.Remove(first);
                Assert.Equal(first.Time, queue.NextTime);
                Assert.True(queue.TryPop(out now, out int payload));
                Assert.Equal(first, (now, payload));
            }
        }

        Assert.Equal(reference.Count, queue.Count);
    }

    [Fact]
    public void An_empty_queue_has_no_next_event()
    {
        var queue = new EventQueue<int>();

        Assert.False(queue.TryPop(out _, out _));
        Assert.Equal(long.MaxValue, queue.NextTime);
    }
}
