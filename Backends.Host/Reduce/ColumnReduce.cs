using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>
/// Reduces neighbouring results together: the mean over the pixels of a channels-last image, all channels at once.
/// </summary>
internal sealed unsafe class ColumnReduce<TOp, T> : IHostKernel
    where TOp : struct, IReduceOp
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;
    private const int BlockResults = 256;

    // Rows after which float partial results are combined in double.
    private const int RowsPerPartial = 64;

    private readonly ReduceKernel desc;
    private readonly LoopNest results;
    private readonly AxisWalk reduced;
    private readonly TileStore store;

    public ColumnReduce(ReduceKernel desc)
    {
        this.desc = desc;
        results = Results(desc);
        reduced = new AxisWalk(desc.Inputs[0].Axes[1]);
        store = TileStore.ForEpilogue(desc);
    }

    public KernelDesc Desc => desc;

    /// <summary>True when runs of results read dense elements.</summary>
    public static bool Accepts(ReduceKernel desc)
    {
        LoopNest results = Results(desc);
        return results.RunExtent >= T.Count && results.RunStride(Input) == 1;
    }

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        long blocksPerRun = (results.RunExtent + BlockResults - 1) / BlockResults;
        LoopNest runs = results.WithoutRun();
        var split = new TaskSplit(runs.Count * blocksPerRun, reduced.Extent * BlockResults, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var cursor = new NestCursor(results, stackalloc long[NestCursor.StorageLongs(results)]);
            float* tile = (float*)(scratch + TileStore.ScratchBytes);
            for (long unit = split.Start(task); unit < split.End(task); unit++)
            {
                long start = unit % blocksPerRun * BlockResults;
                int count = (int)Math.Min(BlockResults, results.RunExtent - start);
                cursor.Seek((unit / blocksPerRun * results.RunExtent) + start);
                Reduce(cursor.At(Input, addresses[Input]), count, tile);
                store.Store(ref cursor, addresses, tile, null, count, scratch);
            }
        });
    }

    private static LoopNest Results(ReduceKernel desc) => LoopNest.InMemoryOrder(OperandAddresses.Views(desc), 0, 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CombineRow(float* x, float* partial, int count)
    {
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T.Store(TOp.Combine(T.Load(partial + i), TOp.Map(T.Load(x + i))), partial + i);
        }

        if (i < count)
        {
            // The partial results are padded to a whole register.
            float* padded = stackalloc float[LaneWidth.MaxFloats];
            new ReadOnlySpan<float>(x + i, count - i).CopyTo(new Span<float>(padded, LaneWidth.MaxFloats));
            T.Store(TOp.Combine(T.Load(partial + i), TOp.Map(T.Load(padded))), partial + i);
        }
    }

    private void Reduce(float* x, int count, float* tile)
    {
        float* partial = tile + BlockResults;
        var combined = (double*)(partial + BlockResults + LaneWidth.MaxFloats);
        new Span<double>(combined, count).Fill(TOp.Identity);
        for (long row = 0; row < reduced.Extent;)
        {
            long end = Math.Min(reduced.Extent, row + RowsPerPartial);
            new Span<float>(partial, count).Fill(TOp.Identity);
            for (; row < end; row++)
            {
                CombineRow(x + reduced.At(row), partial, count);
            }

            for (int i = 0; i < count; i++)
            {
                combined[i] = TOp.Combine(combined[i], partial[i]);
            }
        }

        for (int i = 0; i < count; i++)
        {
            tile[i] = ReduceResult.Finish(desc.Op, combined[i], reduced.Extent);
        }
    }
}
