using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Queues;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Queues;

public sealed class QueueOrderTests
{
    [Fact]
    public void Fifo_serves_all_as_named_and_then_all_again() =>
        Assert.Equal([0, 1, 0, 0, 1, 0], QueueOrder.Fifo.Requests([0, 1, 0], iterations: 2, seed: 7));

    [Property(MaxTest = 100)]
    public void Random_serves_every_entry_once_per_iteration_in_an_order_that_the_seed_decides(byte models, byte iterations, int seed)
    {
        int[] entries = [.. Enumerable.Range(0, 1 + (models % 6))];
        int count = 1 + (iterations % 12);
        int[] requests = QueueOrder.Random.Requests(entries, count, seed);

        Assert.Equal(QueueOrder.Fifo.Requests(entries, count, seed).Order(), requests.Order());
        Assert.Equal(requests, QueueOrder.Random.Requests(entries, count, seed));
    }

    [Fact]
    public void Seeds_give_different_orders_which_stay_the_same_between_versions()
    {
        int[][] orders = [.. Enumerable.Range(1, 20).Select(seed => QueueOrder.Random.Requests([0, 1, 2, 3, 4], 4, seed))];
        Assert.Equal(orders.Length, orders.DistinctBy(order => string.Join(',', order)).Count());
        Assert.Equal(Pinned, string.Join("", QueueOrder.Random.Requests([0, 1, 2, 3, 4], 2, seed: 1)));
    }

    [Fact]
    public void An_empty_queue_is_refused()
    {
        Assert.Throws<UsageException>(() => QueueOrder.Fifo.Requests([0], iterations: 0, seed: 1));
        Assert.Throws<UsageException>(() => QueueOrder.Fifo.Requests([], iterations: 1, seed: 1));
    }

    private const string Pinned = "4231430120";
}
