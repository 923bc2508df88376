using FlashMem.Abstractions.Tensors;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Abstractions.Tensors;

/// <summary>Views against index arrays: whatever chain of operations is applied, both name the same elements.</summary>
public sealed class TensorViewTests
{
    [Property(MaxTest = 300)]
    public void AnyChainOfOperationsWalksTheSameElements(int seed)
    {
        var random = new Random(seed);
        var walk = IndexArray.Dense(random);
        TensorView view = TensorView.Dense(ElementType.Float32, walk.Shape);
        for (int step = 0; step < 8; step++)
        {
            (view, walk) = Apply(view, walk, random);
            AssertSame(walk, view);
        }
    }

    [Fact]
    public void AReshapeThatCutsAFactorIsRefused()
    {
        TensorView transposed = TensorView.Dense(ElementType.Float32, new Shape(4, 6)).Transpose([1, 0]);
        Assert.Null(transposed.TryReshape(new Shape(8, 3)));
        Assert.NotNull(transposed.TryReshape(new Shape(2, 3, 4)));
    }

    [Fact]
    public void EqualWalksHaveEqualFactors()
    {
        TensorView dense = TensorView.Dense(ElementType.Float32, new Shape(2, 3, 4));
        TensorView there = dense.TryReshape(new Shape(6, 4))!.TryReshape(new Shape(2, 3, 4))!;
        Assert.Equal(dense, there);
        Assert.Equal("Float32@0[2:12][3:4][4:1]", there.ToString());
        Assert.True(dense.TryReshape(new Shape(24))!.IsDense);
        Assert.False(dense.Transpose([2, 1, 0]).IsDense);
    }

    [Fact]
    public void ShapesOfDifferentSizeAreNotReshaped() =>
        Assert.Throws<ArgumentException>(() => TensorView.Dense(ElementType.Float32, new Shape(4)).TryReshape(new Shape(5)));

    [Fact]
    public void UpperBoundIsOnePastTheHighestAddress()
    {
        TensorView view = TensorView.FromStrides(ElementType.Float32, new Shape(3, 2), [-4, 1], offset: 8);
        Assert.Equal(10, view.UpperBound);
        Assert.Equal(0, TensorView.Dense(ElementType.Float32, new Shape(0, 3)).UpperBound);
    }

    private static (TensorView View, IndexArray Walk) Apply(TensorView view, IndexArray walk, Random random)
    {
        int rank = walk.Shape.Rank;
        switch (random.Next(6))
        {
            case 0:
                int[] order = [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next())];
                return (view.Transpose(order), walk.Transpose(order));
            case 1:
                Shape shape = RandomShape(walk.Shape.ElementCount, random);
                return view.TryReshape(shape) is { } reshaped ? (reshaped, walk.Reshape(shape)) : (view, walk);
            case 2 when rank > 0:
                int axis = random.Next(rank);
                long count = random.Next(1, (int)walk.Shape[axis] + 1);
                long step = random.Next(2) == 0 ? 1 : -1;
                long start = step > 0
                    ? random.Next((int)(walk.Shape[axis] - count) + 1)
                    : random.Next((int)count - 1, (int)walk.Shape[axis]);
                return view.TrySlice(axis, start, count, step) is { } slice
                    ? (slice, walk.Slice(axis, start, count, step))
                    : (view, walk);
            case 3 when rank < 5 && walk.Shape.ElementCount < 200:
                Shape wide = new([2, .. walk.Shape.Dims]);
                return (view.BroadcastTo(wide), walk.Repeat(2));
            case 4:
                int at = random.Next(rank + 1);
                return (view.InsertAxis(at), walk.Reshape(new Shape([.. walk.Shape.Dims.Insert(at, 1)])));
            default:
                int one = walk.Shape.Dims.IndexOf(1);
                return one < 0
                    ? (view, walk)
                    : (view.RemoveAxis(one), walk.Reshape(new Shape([.. walk.Shape.Dims.RemoveAt(one)])));
        }
    }

    private static Shape RandomShape(long elements, Random random)
    {
        var dims = new List<long>();
        while (elements > 1)
        {
            long[] divisors = [.. Enumerable.Range(1, (int)elements).Select(d => (long)d).Where(d => elements % d == 0)];
            dims.Add(divisors[random.Next(divisors.Length)]);
            elements /= dims[^1];
            if (dims.Count == 4)
            {
                dims.Add(elements);
                break;
            }
        }

        return new Shape([.. dims]);
    }

    private static void AssertSame(IndexArray walk, TensorView view)
    {
        Assert.Equal(walk.Shape, view.Shape);
        for (int i = 0; i < walk.Indices.Length; i++)
        {
            Assert.Equal(walk.Indices[i], view.AddressOf(i));
        }
    }

    /// <summary>The obvious implementation: the element number at every position.</summary>
    private sealed record IndexArray(Shape Shape, long[] Indices)
    {
        public static IndexArray Dense(Random random)
        {
            var shape = new Shape([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (long)random.Next(1, 5))]);
            return new IndexArray(shape, [.. Enumerable.Range(0, (int)shape.ElementCount).Select(i => (long)i)]);
        }

        public IndexArray Reshape(Shape shape) => new(shape, Indices);

        public IndexArray Repeat(int times) =>
            new(new Shape([times, .. Shape.Dims]), [.. Enumerable.Repeat(Indices, times).SelectMany(indices => indices)]);

        public IndexArray Transpose(int[] order) => Build(
            new Shape([.. order.Select(axis => Shape[axis])]),
            position =>
            {
                var source = new long[order.Length];
                for (int i = 0; i < order.Length; i++)
                {
                    source[order[i]] = position[i];
                }

                return source;
            });

        public IndexArray Slice(int axis, long start, long count, long step) => Build(
            new Shape([.. Shape.Dims.SetItem(axis, count)]),
            position =>
            {
                position[axis] = start + (position[axis] * step);
                return position;
            });

        private IndexArray Build(Shape shape, Func<long[], long[]> sourceOf)
        {
            var result = new long[shape.ElementCount];
            for (long i = 0; i < result.Length; i++)
            {
                var position = new long[shape.Rank];
                long rest = i;
                for (int axis = shape.Rank - 1; axis >= 0; axis--)
                {
                    position[axis] = rest % shape[axis];
                    rest /= shape[axis];
                }

                long[] source = sourceOf(position);
                long at = 0;
                for (int axis = 0; axis < Shape.Rank; axis++)
                {
                    at = (at * Shape[axis]) + source[axis];
                }

                result[i] = Indices[at];
            }

            return new IndexArray(shape, result);
        }
    }
}
