using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// The loops that walk several views of one logical shape together, in any order: loops that all views walk as one are merged, and the
/// innermost is the one that is best to run over. Offsets count elements and include each view's own offset only in
/// <see cref="BaseOffsets"/>.
/// </summary>
internal sealed class LoopNest
{
    private const int LongEnoughRun = 32;
    private const int BlockElements = 16 * 1024;

    private readonly Loop[] outer;
    private readonly Loop inner;

    private LoopNest(Loop[] outer, Loop inner, long[] baseOffsets)
    {
        this.outer = outer;
        this.inner = inner;
        BaseOffsets = baseOffsets;
        OuterCount = 1;
        foreach (Loop loop in outer)
        {
            OuterCount = checked(OuterCount * loop.Extent);
        }
    }

    /// <summary>A run of consecutive inner positions: the offset of its first element in every view.</summary>
    public delegate void RunBody(ReadOnlySpan<long> offsets, int count, nint scratch);

    private readonly record struct Loop(long Extent, long[] Strides);

    /// <summary>Offset of every view's first element.</summary>
    public long[] BaseOffsets { get; }

    /// <summary>Positions of all loops but the innermost.</summary>
    public long OuterCount { get; }

    /// <summary>Elements per run.</summary>
    public long RunLength => inner.Extent;

    public long ElementCount => OuterCount * inner.Extent;

    /// <summary>Step of a view along a run.</summary>
    public long RunStride(int view) => inner.Strides[view];

    /// <summary>Loops over some axes of the views; all of them by default. Views' factors are split until they nest.</summary>
    public static LoopNest Over(ReadOnlySpan<TensorView> views, int firstAxis = 0, int? axisCount = null)
    {
        var factors = new List<ViewFactor>[views.Length];
        var offsets = new long[views.Length];
        for (int v = 0; v < views.Length; v++)
        {
            factors[v] = [.. views[v].Factors(firstAxis, axisCount)];
            offsets[v] = views[v].Offset;
        }

        List<Loop> loops = Split(factors) ?? throw new DeviceException(
            $"the host cannot walk views together whose loops do not nest: {string.Join(" and ", views.ToArray().AsEnumerable())}");
        loops.Sort(static (a, b) => Rank(b).CompareTo(Rank(a)));
        Merge(loops);
        int run = loops.Count == 0 ? -1 : ChooseRun(loops);
        Loop inner = run < 0 ? new Loop(1, new long[views.Length]) : loops[run];
        if (run >= 0)
        {
            loops.RemoveAt(run);
        }

        return new LoopNest([.. loops], inner, offsets);

        // Loops of small output steps go inside, so that results are written in order.
        static long Rank(Loop loop) => Math.Abs(loop.Strides[0]);
    }

    /// <summary>Adds the offsets of an outer position (row-major over the outer loops) to <paramref name="offsets"/>.</summary>
    public void AddOuter(long position, Span<long> offsets)
    {
        for (int i = outer.Length - 1; i >= 0; i--)
        {
            long index = position % outer[i].Extent;
            position /= outer[i].Extent;
            long[] strides = outer[i].Strides;
            for (int v = 0; v < offsets.Length; v++)
            {
                offsets[v] += index * strides[v];
            }
        }
    }

    /// <summary>Runs over every element on all workers: long runs are cut, short ones grouped into tasks.</summary>
    public void ForEachRun(WorkerPool workers, RunBody body)
    {
        if (ElementCount == 0)
        {
            return;
        }

        long blocksPerRun = Math.Max(1, (inner.Extent + BlockElements - 1) / BlockElements);
        long runsPerTask = blocksPerRun > 1 ? 1 : Math.Max(1, BlockElements / inner.Extent);
        long pieces = OuterCount * blocksPerRun;
        int tasks = checked((int)((pieces + runsPerTask - 1) / runsPerTask));
        unsafe
        {
            workers.Run(tasks, (task, scratch) =>
            {
                Span<long> offsets = stackalloc long[BaseOffsets.Length];
                long end = Math.Min(pieces, (task + 1) * runsPerTask);
                for (long piece = task * runsPerTask; piece < end; piece++)
                {
                    BaseOffsets.CopyTo(offsets);
                    AddOuter(piece / blocksPerRun, offsets);
                    long start = piece % blocksPerRun * BlockElements;
                    for (int v = 0; v < offsets.Length; v++)
                    {
                        offsets[v] += start * inner.Strides[v];
                    }

                    body(offsets, (int)Math.Min(BlockElements, inner.Extent - start), (nint)scratch);
                }
            });
        }
    }

    // Innermost common loops first; null when the views' factors do not nest.
    private static List<Loop>? Split(List<ViewFactor>[] factors)
    {
        var loops = new List<Loop>();
        while (factors.Any(list => list.Count > 0))
        {
            if (factors.Any(list => list.Count == 0))
            {
                return null;
            }

            long extent = factors.Min(list => list[^1].Extent);
            if (factors.Any(list => extent == 0 ? list[^1].Extent != 0 : list[^1].Extent % extent != 0))
            {
                return null;
            }

            var strides = new long[factors.Length];
            for (int v = 0; v < factors.Length; v++)
            {
                ViewFactor last = factors[v][^1];
                strides[v] = last.Stride;
                factors[v].RemoveAt(factors[v].Count - 1);
                if (extent != 0 && last.Extent != extent)
                {
                    factors[v].Add(new ViewFactor(last.Extent / extent, last.Stride * extent));
                }
            }

            loops.Add(new Loop(extent, strides));
        }

        return loops;
    }

    private static void Merge(List<Loop> loops)
    {
        for (int i = loops.Count - 2; i >= 0; i--)
        {
            Loop outside = loops[i];
            Loop inside = loops[i + 1];
            bool merges = true;
            for (int v = 0; v < inside.Strides.Length && merges; v++)
            {
                merges = outside.Strides[v] == inside.Extent * inside.Strides[v];
            }

            if (merges)
            {
                loops[i] = new Loop(outside.Extent * inside.Extent, inside.Strides);
                loops.RemoveAt(i + 1);
            }
        }
    }

    private static int ChooseRun(List<Loop> loops)
    {
        int last = loops.Count - 1;
        if (loops[last].Extent >= LongEnoughRun)
        {
            return last;
        }

        int longest = last;
        for (int i = 0; i < last; i++)
        {
            if (loops[i].Extent > loops[longest].Extent)
            {
                longest = i;
            }
        }

        return loops[longest].Extent >= 4 * loops[last].Extent ? longest : last;
    }
}
