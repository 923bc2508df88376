using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Views;

/// <summary>Combinations of the basic view operations that lowering needs.</summary>
internal static class ViewOperations
{
    /// <summary>
    /// Regroups whole axes: axis i of the result walks the listed axes of the view as one, outermost first. An empty list is an axis of
    /// extent 1.
    /// </summary>
    public static TensorView Group(this TensorView view, params ReadOnlySpan<int[]> groups)
    {
        var axes = new List<List<ViewFactor>>(groups.Length);
        foreach (int[] group in groups)
        {
            var factors = new List<ViewFactor>();
            foreach (int axis in group)
            {
                factors.AddRange(view.Axes[axis]);
            }

            axes.Add(factors);
        }

        return TensorView.FromFactors(view.Type, axes, view.Offset);
    }

    /// <summary>Replaces one axis by several whose extents multiply to its own; null when a boundary falls inside a factor.</summary>
    public static TensorView? TrySplitAxis(this TensorView view, int axis, params ReadOnlySpan<long> extents)
    {
        TensorView? parts = TensorView.FromFactors(view.Type, [view.Axes[axis]]).TryReshape(new Shape(extents));
        return parts is null
            ? null
            : TensorView.FromFactors(
                view.Type,
                [.. view.Axes[..axis], .. parts.Axes, .. view.Axes[(axis + 1)..]],
                view.Offset + parts.Offset);
    }

    /// <summary>A dense view whose axes lie in memory in the given order, outermost first.</summary>
    public static TensorView DenseInOrder(ElementType type, Shape shape, ReadOnlySpan<int> order)
    {
        var strides = new long[shape.Rank];
        long stride = 1;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            strides[order[i]] = stride;
            stride = checked(stride * Math.Max(shape[order[i]], 1));
        }

        return TensorView.FromStrides(type, shape, strides);
    }

    /// <summary>Spatial layout [N, spatial..., C] of a [N, C, spatial...] tensor.</summary>
    public static TensorView ChannelsLast(ElementType type, Shape shape)
    {
        var order = new int[shape.Rank];
        for (int i = 1; i < shape.Rank - 1; i++)
        {
            order[i] = i + 1;
        }

        order[^1] = shape.Rank > 1 ? 1 : 0;
        return DenseInOrder(type, shape, order);
    }

    /// <summary>True when no address is visited twice and no axis walks backwards or repeats.</summary>
    public static bool IsInjective(this TensorView view) => AddressMap.Between(view, view) is not null;

    /// <summary>A dense view of the same shape whose factors lie in memory in the same order as this view's.</summary>
    public static TensorView DenseLike(this TensorView view)
    {
        var factors = new List<(int Axis, int Position, ViewFactor Factor)>();
        for (int axis = 0; axis < view.Rank; axis++)
        {
            for (int i = 0; i < view.Axes[axis].Length; i++)
            {
                if (view.Axes[axis][i].Stride <= 0 || view.Axes[axis][i].Extent == 0)
                {
                    return TensorView.Dense(view.Type, view.Shape);
                }

                factors.Add((axis, i, view.Axes[axis][i]));
            }
        }

        (int Axis, int Position, ViewFactor Factor)[] sorted = [.. factors];
        Array.Sort(sorted, static (a, b) => a.Factor.Stride.CompareTo(b.Factor.Stride));
        var axes = new ViewFactor[view.Rank][];
        for (int axis = 0; axis < view.Rank; axis++)
        {
            axes[axis] = [.. view.Axes[axis]];
        }

        long stride = 1;
        foreach ((int axis, int position, ViewFactor factor) in sorted)
        {
            axes[axis][position] = new ViewFactor(factor.Extent, stride);
            stride = checked(stride * factor.Extent);
        }

        return TensorView.FromFactors(view.Type, axes);
    }

    /// <summary>Axes sorted by how far apart their elements lie, farthest first; axes of extent 1 come first.</summary>
    public static int[] MemoryOrder(this TensorView view, ReadOnlySpan<int> axes)
    {
        int[] order = axes.ToArray();
        long[] keys = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            ImmutableArray<ViewFactor> factors = view.Axes[order[i]];
            keys[i] = factors.IsEmpty ? long.MinValue : -Math.Abs(factors[^1].Stride);
        }

        // A stable sort: axes that do not move keep the model's order.
        for (int i = 1; i < order.Length; i++)
        {
            for (int j = i; j > 0 && keys[j] < keys[j - 1]; j--)
            {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
                (order[j], order[j - 1]) = (order[j - 1], order[j]);
            }
        }

        return order;
    }

    /// <summary>Stride of the fastest moving loop of an axis; 0 for an axis of extent 1.</summary>
    public static long InnerStride(this TensorView view, int axis) => view.Axes[axis].IsEmpty ? 0 : view.Axes[axis][^1].Stride;

    /// <summary>Axis numbers from <paramref name="start"/> on.</summary>
    public static int[] Range(int start, int count)
    {
        var axes = new int[count];
        for (int i = 0; i < count; i++)
        {
            axes[i] = start + i;
        }

        return axes;
    }
}
