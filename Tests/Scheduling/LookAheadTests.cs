using FlashMem.Scheduling.Planners;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Whoever asks sees what a loop would give.</summary>
public sealed class LookAheadTests
{
    [Fact]
    public void Results_come_in_the_order_of_the_items_whichever_is_done_first()
    {
        using var last = new CountdownEvent(1);
        IEnumerable<int> results = LookAhead.Evaluate(Enumerable.Range(0, 100), item =>
        {
            if (item == 0 && Environment.ProcessorCount > 1)
            {
                last.Wait();
            }
            else if (item == 1)
            {
                last.Signal();
            }

            return item * item;
        });

        Assert.Equal(Enumerable.Range(0, 100).Select(item => item * item), results);
    }

    [Fact]
    public void Who_stops_takes_no_more_items_than_are_evaluated_at_a_time()
    {
        int taken = 0;
        IEnumerable<int> Items()
        {
            while (true)
            {
                yield return taken++;
            }
        }

        Assert.Equal([0, 1, 2], LookAhead.Evaluate(Items(), item => item).Take(3));
        Assert.InRange(taken, 3, 3 + Math.Min(4, Environment.ProcessorCount));
    }

    [Fact]
    public void What_an_item_throws_is_thrown_in_its_turn()
    {
        var seen = new List<int>();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (int result in LookAhead.Evaluate(
                Enumerable.Range(0, 10), item => item < 5 ? item : throw new InvalidOperationException($"item {item}")))
            {
                seen.Add(result);
            }
        });

        Assert.Equal("item 5", error.Message);
        Assert.Equal([0, 1, 2, 3, 4], seen);
    }
}
