using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// The loops by which several views of one logical shape are walked together. The innermost loop is the run: over it every view has one
/// stride. Positions count the walk's elements. Offsets count elements and leave out the views' own offsets. Immutable.
/// </summary>
internal sealed class LoopNest
{
    private readonly ImmutableArray<Loop> loops;

    // One walk per view over the positions outside the loops, where the views' factors have no common loops; null when they always do.
    private readonly ImmutableArray<AxisWalk>? irregular;

    private LoopNest(int views, IEnumerable<Loop> loops, ImmutableArray<AxisWalk>? irregular)
    {
        Views = views;
        this.loops = [.. loops];
        if (this.loops.IsEmpty)
        {
            this.loops = [new Loop(1, [.. Enumerable.Repeat(0L, views)])];
        }

        this.irregular = irregular;
        Count = irregular is { } walks ? walks[0].Extent : 1;
        foreach (Loop loop in this.loops)
        {
            Count = checked(Count * loop.Extent);
        }
    }

    /// <summary>One loop and the elements by which it steps every view.</summary>
    internal readonly record struct Loop(long Extent, ImmutableArray<long> Strides);

    /// <summary>Views walked.</summary>
    public int Views { get; }

    /// <summary>Positions; 0 for empty views.</summary>
    public long Count { get; }

    /// <summary>Positions per run.</summary>
    public long RunExtent => loops[^1].Extent;

    /// <summary>True when the whole walk is one run.</summary>
    public bool IsOneRun => Count == RunExtent;

    internal ImmutableArray<Loop> Loops => loops;

    internal ImmutableArray<AxisWalk>? Irregular => irregular;

    /// <summary>Elements by which a view steps along a run.</summary>
    public long RunStride(int view) => loops[^1].Strides[view];

    /// <summary>True when a view stays at one element all the time.</summary>
    public bool IsConstant(int view)
    {
        foreach (Loop loop in loops)
        {
            if (loop.Strides[view] != 0)
            {
                return false;
            }
        }

        return irregular is null;
    }

    /// <summary>Walks some axes of the views, all of them by default, in logical order.</summary>
    public static LoopNest InOrder(IReadOnlyList<TensorView> views, int firstAxis = 0, int? axisCount = null) =>
        Build([.. views.Select(view => view.Factors(firstAxis, axisCount))], keepOrder: true);

    /// <summary>
    /// Walks some axes of the views, all of them by default, in the order in which the first view lies in memory: the one for which
    /// positions mean nothing but have to pass all.
    /// </summary>
    public static LoopNest InMemoryOrder(IReadOnlyList<TensorView> views, int firstAxis = 0, int? axisCount = null) =>
        Build([.. views.Select(view => view.Factors(firstAxis, axisCount))], keepOrder: false);

    /// <summary>Walks one axis of every view, which may be another axis in each.</summary>
    public static LoopNest OverAxes(params IReadOnlyList<ImmutableArray<ViewFactor>> axes) => Build([.. axes], keepOrder: true);

    /// <summary>The same walk without the runs: a position for the start of each.</summary>
    public LoopNest WithoutRun() => new(Views, loops.Take(loops.Length - 1), irregular);

    /// <summary>The same walk without one of its loops.</summary>
    public LoopNest WithoutLoop(int loop) => new(Views, loops.RemoveAt(loop), irregular);

    /// <summary>Number of the innermost loop for which something holds; -1 for none.</summary>
    public int FindLoop(Func<Loop, bool> predicate)
    {
        for (int i = loops.Length - 1; i >= 0; i--)
        {
            if (predicate(loops[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The same walk with another nest's run, of one position, as its own.</summary>
    public LoopNest WithUnitRunOf(LoopNest other) => new(Views, loops.Add(other.loops[^1] with { Extent = 1 }), irregular);

    /// <summary>The same walk with runs of another length, for views that go on in step beyond the run's end.</summary>
    public LoopNest WithRunExtent(long extent) =>
        new(Views, [.. loops.Take(loops.Length - 1), loops[^1] with { Extent = extent }], irregular);

    private static LoopNest Build(ImmutableArray<ViewFactor>[] factors, bool keepOrder)
    {
        var pending = new Stack<ViewFactor>[factors.Length];
        for (int v = 0; v < factors.Length; v++)
        {
            pending[v] = new Stack<ViewFactor>(factors[v]);
        }

        if (factors.Any(list => list.Any(factor => factor.Extent == 0)))
        {
            return new LoopNest(factors.Length, [new Loop(0, [.. factors.Select(_ => 0L)])], null);
        }

        List<Loop> loops = TakeCommonLoops(pending);
        ImmutableArray<AxisWalk>? rest = pending[0].Count == 0
            ? null
            : [.. pending.Select(stack => new AxisWalk([.. stack.Reverse()]))];
        if (!keepOrder)
        {
            // Stable, so that loops which do not move the first view keep their order.
            loops = [.. loops.OrderByDescending(loop => Math.Abs(loop.Strides[0]))];
        }

        return new LoopNest(factors.Length, Merge(loops), rest);
    }

    // Outermost first. Stops where the views' next factors have no common divisor; what they have left then walks the same positions.
    private static List<Loop> TakeCommonLoops(Stack<ViewFactor>[] pending)
    {
        var loops = new List<Loop>();
        while (pending.All(stack => stack.Count > 0))
        {
            long extent = pending[0].Peek().Extent;
            foreach (Stack<ViewFactor> stack in pending)
            {
                extent = GreatestCommonDivisor(extent, stack.Peek().Extent);
            }

            if (extent == 1)
            {
                break;
            }

            var strides = ImmutableArray.CreateBuilder<long>(pending.Length);
            foreach (Stack<ViewFactor> stack in pending)
            {
                ViewFactor factor = stack.Pop();
                strides.Add(factor.Stride);
                if (factor.Extent != extent)
                {
                    stack.Push(new ViewFactor(factor.Extent / extent, factor.Stride * extent));
                }
            }

            loops.Insert(0, new Loop(extent, strides.MoveToImmutable()));
        }

        return loops;
    }

    private static List<Loop> Merge(List<Loop> loops)
    {
        var merged = new List<Loop>();
        foreach (Loop loop in loops)
        {
            if (merged.Count > 0 && ContinuesAs(merged[^1], loop))
            {
                merged[^1] = new Loop(merged[^1].Extent * loop.Extent, loop.Strides);
            }
            else
            {
                merged.Add(loop);
            }
        }

        return merged;
    }

    private static bool ContinuesAs(Loop outer, Loop inner)
    {
        for (int v = 0; v < inner.Strides.Length; v++)
        {
            if (outer.Strides[v] != inner.Extent * inner.Strides[v])
            {
                return false;
            }
        }

        return true;
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
