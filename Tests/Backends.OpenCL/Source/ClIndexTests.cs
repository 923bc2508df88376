using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Source;

/// <summary>Generated addresses against the views' own.</summary>
public sealed class ClIndexTests
{
    [Property(MaxTest = 300)]
    public void An_address_of_indices_is_the_views(int seed)
    {
        TensorView view = RandomView(new Random(seed));
        string expression = ClIndex.Address(view, ClOperand.Indices(view.Rank));
        ForEachIndex(view, (position, names) => Assert.Equal(view.AddressOf(position), ExpressionEvaluator.Evaluate(expression, names)));
    }

    [Property(MaxTest = 300)]
    public void An_address_of_a_position_is_the_views(int seed)
    {
        TensorView view = RandomView(new Random(seed));
        string expression = ClIndex.FlatAddress(view, "p + 1");
        for (long position = 0; position < view.ElementCount; position++)
        {
            var names = new Dictionary<string, long> { ["p"] = position - 1 };
            Assert.Equal(view.AddressOf(position), ExpressionEvaluator.Evaluate(expression, names));
        }
    }

    [Property(MaxTest = 300)]
    public void A_run_stride_holds_in_every_run(int seed)
    {
        var random = new Random(seed);
        TensorView view = RandomView(random);
        int axis = random.Next(view.Rank);
        int width = 1 << random.Next(5);
        if (ClIndex.RunStride(view, axis, width) is not { } stride)
        {
            return;
        }

        long step = 1;
        for (int inner = axis + 1; inner < view.Rank; inner++)
        {
            step *= view.Shape[inner];
        }

        ForEachIndex(view, (position, names) =>
        {
            long index = names[$"i{axis}"];
            if (index % width != 0)
            {
                Assert.Equal(stride, view.AddressOf(position) - view.AddressOf(position - step));
            }
        });
    }

    [Property(MaxTest = 300)]
    public void Loops_in_any_order_pass_the_same_elements(int seed)
    {
        var random = new Random(seed);
        TensorView first = RandomView(random);
        TensorView[] views = [first, KernelHarness.RandomView(first.Shape, random), KernelHarness.Broadcast(first.Shape, 0)];
        var loops = ClLoops.InMemoryOrder(views);
        TensorView[] arranged = [.. ClLoops.Arrange(views, [.. loops])];

        Assert.Equal(Tuples(views), Tuples(arranged));
    }

    [Fact]
    public void Large_buffers_are_addressed_in_64_bits()
    {
        TensorView view = TensorView.FromStrides(ElementType.Float32, new Shape(3, 5), [2_000_000_000, 1], 7);

        Assert.Equal("long", ClIndex.Type(view));
        Assert.Equal("7L + i0 * 2000000000L + i1", ClIndex.Address(view, ["i0", "i1"]));
    }

    [Fact]
    public void Constants_are_folded_and_powers_of_two_shifted()
    {
        TensorView view = TensorView.FromFactors(
            ElementType.Float32, [[], [new(3, 100), new(8, 2)], [new(5, 0)], [new(4, -1)]], 10);

        Assert.Equal("10 + (i1 >> 3) * 100 + (i1 & 7) * 2 - i3", ClIndex.Address(view, ["i0", "i1", "i2", "i3"]));
    }

    private static HashSet<(long, long, long)> Tuples(TensorView[] views) =>
        [.. Enumerable.Range(0, (int)views[0].ElementCount).Select(i =>
            (views[0].AddressOf(i), views[1].AddressOf(i), views[2].AddressOf(i)))];

    private static TensorView RandomView(Random random)
    {
        var shape = new Shape([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (long)random.Next(1, 13))]);
        TensorView view = random.Next(4) == 0
            ? KernelHarness.Broadcast(shape, random.Next(shape.Rank))
            : KernelHarness.RandomView(shape, random);
        int axis = random.Next(shape.Rank);
        return random.Next(3) == 0 && shape[axis] > 1 ? view.TrySlice(axis, shape[axis] - 1, shape[axis], -1) ?? view : view;
    }

    private static void ForEachIndex(TensorView view, Action<long, Dictionary<string, long>> check)
    {
        for (long position = 0; position < view.ElementCount; position++)
        {
            var names = new Dictionary<string, long>();
            long left = position;
            for (int axis = view.Rank - 1; axis >= 0; axis--)
            {
                (left, names[$"i{axis}"]) = Math.DivRem(left, view.Shape[axis]);
            }

            check(position, names);
        }
    }
}
