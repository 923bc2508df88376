using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>One loop over several views at once.</summary>
/// <param name="Extent">Steps.</param>
/// <param name="Factors">
/// How every view walks it: one factor, or several where the views' factors have no common boundaries.
/// </param>
internal sealed record ClLoop(long Extent, ImmutableArray<ImmutableArray<ViewFactor>> Factors)
{
    /// <summary>The stride of a view's only factor; null when it has several.</summary>
    public long? Stride(int view) => Factors[view].Length == 1 ? Factors[view][0].Stride : null;
}

/// <summary>
/// The loops by which views of one index space are walked together, for kernels to which the order of indices means nothing: the views
/// are then rearranged by one mapping of indices so that neighbours in memory are neighbours in index.
/// </summary>
internal static class ClLoops
{
    /// <summary>Common loops of some axes of all views, in logical order, outermost first; none for extent 1.</summary>
    public static ImmutableArray<ClLoop> InOrder(IReadOnlyList<TensorView> views, int firstAxis = 0, int? axisCount = null) =>
        Merge(Common(views, firstAxis, axisCount));

    /// <summary>The same in the order in which the first view lies in memory.</summary>
    public static ImmutableArray<ClLoop> InMemoryOrder(IReadOnlyList<TensorView> views, int firstAxis = 0, int? axisCount = null)
    {
        // Stable, so that loops which do not move the first view keep their order; irregular ones stay outermost.
        IEnumerable<ClLoop> sorted = Common(views, firstAxis, axisCount)
            .OrderByDescending(loop => loop.Stride(0) is { } stride ? Math.Abs(stride) : long.MaxValue);
        return Merge([.. sorted]);
    }

    /// <summary>The views with new axes, each made of some loops.</summary>
    /// <param name="views">The views that the loops were made from.</param>
    /// <param name="axes">Loops of every new axis, outermost first.</param>
    public static ImmutableArray<TensorView> Arrange(IReadOnlyList<TensorView> views, params IReadOnlyList<IReadOnlyList<ClLoop>> axes) =>
        [.. views.Select((view, v) => TensorView.FromFactors(
            view.Type, axes.Select(loops => loops.SelectMany(loop => loop.Factors[v])), view.Offset))];

    /// <summary>Steps of some loops together.</summary>
    public static long Extent(IEnumerable<ClLoop> loops) => loops.Aggregate(1L, (extent, loop) => checked(extent * loop.Extent));

    private static List<ClLoop> Common(IReadOnlyList<TensorView> views, int firstAxis, int? axisCount)
    {
        Stack<ViewFactor>[] pending = [.. views.Select(view => new Stack<ViewFactor>(view.Factors(firstAxis, axisCount)))];
        var loops = new List<ClLoop>();
        while (pending.All(stack => stack.Count > 0))
        {
            long extent = pending.Aggregate(0L, (divisor, stack) => GreatestCommonDivisor(divisor, stack.Peek().Extent));
            if (extent == 1)
            {
                // What is left walks the same positions in every view, but not by common factors.
                loops.Insert(0, new ClLoop(
                    pending[0].Aggregate(1L, (product, factor) => product * factor.Extent),
                    [.. pending.Select(stack => stack.Reverse().ToImmutableArray())]));
                break;
            }

            loops.Insert(0, new ClLoop(extent, [.. pending.Select(stack => ImmutableArray.Create(Take(stack, extent)))]));
        }

        return loops;
    }

    private static ViewFactor Take(Stack<ViewFactor> pending, long extent)
    {
        ViewFactor factor = pending.Pop();
        if (factor.Extent != extent)
        {
            pending.Push(new ViewFactor(factor.Extent / extent, factor.Stride * extent));
        }

        return new ViewFactor(extent, factor.Stride);
    }

    private static ImmutableArray<ClLoop> Merge(List<ClLoop> loops)
    {
        var merged = new List<ClLoop>();
        foreach (ClLoop loop in loops)
        {
            if (merged.Count > 0 && ContinuesAs(merged[^1], loop))
            {
                long extent = merged[^1].Extent * loop.Extent;
                merged[^1] = new ClLoop(
                    extent, [.. loop.Factors.Select(factors => ImmutableArray.Create(new ViewFactor(extent, factors[0].Stride)))]);
            }
            else
            {
                merged.Add(loop);
            }
        }

        return [.. merged];
    }

    private static bool ContinuesAs(ClLoop outer, ClLoop inner) =>
        Enumerable.Range(0, inner.Factors.Length).All(v =>
            outer.Stride(v) is { } step && inner.Stride(v) is { } stride && step == inner.Extent * stride);

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
