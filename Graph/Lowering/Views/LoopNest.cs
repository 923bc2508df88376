using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Views;

/// <summary>
/// Rewrites several views of one logical shape into the smallest common set of loops: axes that hold several loops are split, axes that
/// every view walks as one are merged. Element order stays the same.
/// </summary>
internal static class LoopNest
{
    /// <summary>The views over the common loops; the views themselves when their loops do not nest.</summary>
    public static TensorView[] Simplify(ReadOnlySpan<TensorView> views)
    {
        var loops = new List<Loop>();
        for (int axis = 0; axis < views[0].Rank; axis++)
        {
            if (!Split(views, axis, loops))
            {
                return views.ToArray();
            }
        }

        for (int i = loops.Count - 2; i >= 0; i--)
        {
            Loop outer = loops[i];
            Loop inner = loops[i + 1];
            bool merges = true;
            for (int v = 0; v < views.Length && merges; v++)
            {
                merges = outer.Strides[v] == inner.Extent * inner.Strides[v];
            }

            if (merges)
            {
                loops[i] = new Loop(outer.Extent * inner.Extent, inner.Strides);
                loops.RemoveAt(i + 1);
            }
        }

        var result = new TensorView[views.Length];
        for (int v = 0; v < views.Length; v++)
        {
            var axes = new List<ViewFactor[]>(loops.Count);
            foreach (Loop loop in loops)
            {
                axes.Add([new ViewFactor(loop.Extent, loop.Strides[v])]);
            }

            result[v] = TensorView.FromFactors(views[v].Type, axes, views[v].Offset);
        }

        return result;
    }

    private readonly record struct Loop(long Extent, long[] Strides);

    private static bool Split(ReadOnlySpan<TensorView> views, int axis, List<Loop> loops)
    {
        var at = new int[views.Length];
        var left = new ViewFactor[views.Length];
        for (int v = 0; v < views.Length; v++)
        {
            at[v] = views[v].Axes[axis].Length - 1;
            left[v] = at[v] >= 0 ? views[v].Axes[axis][at[v]] : new ViewFactor(1, 0);
        }

        int start = loops.Count;
        while (left[0].Extent != 1)
        {
            long extent = left[0].Extent;
            for (int v = 1; v < views.Length; v++)
            {
                extent = Math.Min(extent, left[v].Extent);
            }

            var strides = new long[views.Length];
            for (int v = 0; v < views.Length; v++)
            {
                if (extent <= 1 || left[v].Extent % extent != 0)
                {
                    return false;
                }

                strides[v] = left[v].Stride;
                left[v] = new ViewFactor(left[v].Extent / extent, left[v].Stride * extent);
                if (left[v].Extent == 1 && --at[v] >= 0)
                {
                    left[v] = views[v].Axes[axis][at[v]];
                }
            }

            loops.Insert(start, new Loop(extent, strides));
        }

        return true;
    }
}
