using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class ActivationLayoutTests
{
    [Property]
    public void Buffers_needed_at_one_time_share_no_byte(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        ActivationLayout layout = ActivationLayout.Compute(graph);
        HashSet<int>[] needed = NeededBuffers(graph);
        for (int time = 0; time < needed.Length; time++)
        {
            (long Start, long End)[] ranges = [.. needed[time]
                .Select(id => (layout.Offsets[id], layout.Offsets[id] + graph.Buffers[id].Bytes)).Order()];
            Assert.All(ranges, range => Assert.True(range.Start % 64 == 0 && range.End <= layout.Bytes));
            Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start, $"at {time - 1}"));
        }
    }

    [Property]
    public void The_arena_is_at_least_what_lives_together_and_at_most_everything(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        ActivationLayout layout = ActivationLayout.Compute(graph);
        long most = NeededBuffers(graph).Max(ids => ids.Sum(id => Alignment.Up(graph.Buffers[id].Bytes, 64)));
        Assert.InRange(layout.Bytes, most, graph.Buffers.Sum(buffer => Alignment.Up(buffer.Bytes, 64)));
    }

    [Fact]
    public void A_chain_of_equal_buffers_needs_two()
    {
        var items = Enumerable.Range(0, 20).Select(i => new ArenaItem(i, 640, new BufferLifetime(i, i + 1))).ToArray();
        Assert.Equal(1280, ArenaPacking.Pack(items, new long[20]));
    }

    [Fact]
    public void Small_instances_are_close_to_the_best_of_all_orders()
    {
        var random = new Random(7);
        for (int round = 0; round < 40; round++)
        {
            ArenaItem[] items = [.. Enumerable.Range(0, 6).Select(i =>
            {
                int first = random.Next(8);
                return new ArenaItem(i, 64 * random.Next(1, 10), new BufferLifetime(first, first + random.Next(4)));
            })];
            long best = LowestOverAllOrders([], items);
            Assert.InRange(ArenaPacking.Pack(items, new long[6]), best, best + (best / 8));
        }
    }

    /// <summary>Every item at its lowest free offset, in the best of all orders: some order reaches the smallest possible arena.</summary>
    private static long LowestOverAllOrders(ImmutableList<(long Start, ArenaItem Item)> placed, IEnumerable<ArenaItem> rest)
    {
        if (!rest.Any())
        {
            return placed.Max(entry => entry.Start + entry.Item.Bytes);
        }

        return rest.Min(item =>
        {
            var others = placed.Where(entry => entry.Item.Lifetime.Meets(item.Lifetime)).ToArray();
            long offset = others.Select(entry => entry.Start + entry.Item.Bytes).Append(0).Order().First(start =>
                others.All(entry => start + item.Bytes <= entry.Start || entry.Start + entry.Item.Bytes <= start));
            return LowestOverAllOrders(placed.Add((offset, item)), rest.Where(other => other.Id != item.Id));
        });
    }

    /// <summary>Which buffers hold bytes that somebody needs, at every time from before the first kernel to after the last.</summary>
    private static HashSet<int>[] NeededBuffers(KernelGraph graph)
    {
        int kernels = graph.Kernels.Length;
        var needed = Enumerable.Range(0, kernels + 2).Select(_ => new HashSet<int>()).ToArray();
        foreach (KernelBuffer buffer in graph.Buffers)
        {
            var times = new List<int>();
            times.AddRange(graph.Inputs.Where(port => port.Buffer == buffer.Id).Select(_ => -1));
            times.AddRange(graph.Outputs.Where(port => port.Buffer == buffer.Id).Select(_ => kernels));
            foreach (KernelNode kernel in graph.Kernels)
            {
                bool reads = kernel.Inputs.Any(input => input.Kind == OperandKind.Buffer && input.Id == buffer.Id);
                if (reads || kernel.Output == buffer.Id)
                {
                    times.Add(kernel.Index);
                }

                if (kernel.Fetch is not null && kernel.Inputs[0].Id == buffer.Id)
                {
                    times.Add(kernel.Index - 1);
                }
            }

            for (int time = times.Min(); time <= times.Max(); time++)
            {
                needed[time + 1].Add(buffer.Id);
            }
        }

        return needed;
    }
}
