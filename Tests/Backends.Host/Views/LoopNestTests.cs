using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Views;

/// <summary>Walks over several views together visit the same elements as the views' own addresses.</summary>
public class LoopNestTests
{
    [Property(MaxTest = 300)]
    public void A_walk_in_order_visits_every_views_elements_in_logical_order(int seed)
    {
        var random = new Random(seed);
        TensorView[] views = RandomViews(random);

        long[][] walked = Walk(LoopNest.InOrder(views), views, random);

        for (int v = 0; v < views.Length; v++)
        {
            Assert.Equal(ReferenceMemory.Addresses(views[v]), walked[v]);
        }
    }

    [Property(MaxTest = 300)]
    public void A_walk_in_memory_order_visits_the_same_elements_together(int seed)
    {
        var random = new Random(seed);
        TensorView[] views = RandomViews(random);
        long[][] expected = [.. views.Select(ReferenceMemory.Addresses)];

        long[][] walked = Walk(LoopNest.InMemoryOrder(views), views, random);

        Assert.Equal(Tuples(expected).Order(), Tuples(walked).Order());
    }

    [Fact]
    public void Views_whose_factors_have_no_common_loops_are_walked_too()
    {
        var left = TensorView.FromFactors(ElementType.Float32, [[new(2, 100), new(3, 7)]]);
        var right = TensorView.FromFactors(ElementType.Float32, [[new(3, 50), new(2, 11)]]);

        long[][] walked = Walk(LoopNest.InOrder([left, right]), [left, right], new Random(1));

        Assert.Equal(ReferenceMemory.Addresses(left), walked[0]);
        Assert.Equal(ReferenceMemory.Addresses(right), walked[1]);
    }

    [Fact]
    public void Loops_that_all_views_walk_as_one_are_one_run()
    {
        var dense = TensorView.Dense(ElementType.Float32, new Shape(4, 5, 6));

        LoopNest nest = LoopNest.InMemoryOrder([dense, dense, dense.Transpose([0, 1, 2])]);

        Assert.True(nest.IsOneRun);
        Assert.Equal(120, nest.RunExtent);
    }

    [Fact]
    public void Memory_order_runs_along_the_first_views_dense_axis()
    {
        var channelsLast = TensorView.Dense(ElementType.Float32, new Shape(1, 4, 4, 8)).Transpose([0, 3, 1, 2]);
        var channelsFirst = TensorView.Dense(ElementType.Float32, new Shape(1, 8, 4, 4));

        LoopNest nest = LoopNest.InMemoryOrder([channelsLast, channelsFirst]);

        Assert.Equal((8, 1L, 16L), ((int)nest.RunExtent, nest.RunStride(0), nest.RunStride(1)));
    }

    // Advances by random steps and sometimes seeks, so that both ways of getting somewhere are seen.
    private static long[][] Walk(LoopNest nest, TensorView[] views, Random random)
    {
        var cursor = new NestCursor(nest, new long[NestCursor.StorageLongs(nest)]);
        List<long>[] addresses = [.. views.Select(_ => new List<long>())];
        for (long position = 0; position < nest.Count;)
        {
            if (random.Next(4) == 0)
            {
                cursor.Seek(position);
            }

            long step = 1 + random.NextInt64(cursor.RunLeft);
            for (long i = 0; i < step; i++)
            {
                for (int v = 0; v < views.Length; v++)
                {
                    addresses[v].Add(views[v].Offset + cursor.Offset(v) + (i * nest.RunStride(v)));
                }
            }

            cursor.Advance(step);
            position += step;
        }

        return [.. addresses.Select(list => list.ToArray())];
    }

    private static TensorView[] RandomViews(Random random)
    {
        var shape = new Shape([.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => (long)random.Next(1, 13))]);
        return [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => random.Next(4) == 0 && i > 0 && shape.Rank > 0
            ? KernelHarness.Broadcast(shape, random.Next(shape.Rank))
            : KernelHarness.RandomView(shape, random))];
    }

    private static IEnumerable<string> Tuples(long[][] addresses) =>
        Enumerable.Range(0, addresses[0].Length).Select(i => string.Join(',', addresses.Select(list => list[i])));
}
