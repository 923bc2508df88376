using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>
/// Softmax in three passes over a row: its maximum, the sum of the exponentials relative to it, the results. The exponentials of a row
/// longer than a tile are computed again in the third pass rather than kept, so that rows of any length need no memory.
/// </summary>
internal sealed unsafe class RowSoftmax<T> : IHostKernel
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;

    private readonly SoftmaxKernel desc;
    private readonly RowWalk walk;
    private readonly TileStore store;

    public RowSoftmax(SoftmaxKernel desc)
    {
        this.desc = desc;
        walk = new RowWalk(desc, innerAxis: 1);
        store = TileStore.ForEpilogue(desc);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers) => walk.ForEachRow(desc, command, workers, RunRow);

    private void RunRow(ReadOnlySpan<nint> starts, byte* scratch)
    {
        LoopNest row = walk.Row;
        float* tile = (float*)(scratch + TileStore.ScratchBytes);
        var cursor = new NestCursor(row, stackalloc long[NestCursor.StorageLongs(row)]);
        float maximum = float.NegativeInfinity;
        for (long left = row.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            float* x = TileLoad.Load(ref cursor, Input, starts[Input], count, tile);
            maximum = Math.Max(maximum, SoftmaxLoops.Maximum<T>(x, count));
        }

        double sum = 0;
        cursor.Seek(0);
        for (long left = row.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            float* x = TileLoad.Load(ref cursor, Input, starts[Input], count, tile);
            sum += SoftmaxLoops.Exponentials<T>(x, maximum, 1, tile, count);
        }

        float logarithm = (float)Math.Log(sum);
        float scale = (float)(1 / sum);
        bool kept = row.Count <= TileStore.TileElements && !desc.Logarithm;
        var target = new NestCursor(row, stackalloc long[NestCursor.StorageLongs(row)]);
        cursor.Seek(0);
        for (long left = row.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            if (kept)
            {
                SoftmaxLoops.Multiply<T>(tile, scale, count);
            }
            else if (desc.Logarithm)
            {
                float* x = TileLoad.Load(ref cursor, Input, starts[Input], count, tile);
                SoftmaxLoops.Subtract<T>(x, maximum, logarithm, tile, count);
            }
            else
            {
                float* x = TileLoad.Load(ref cursor, Input, starts[Input], count, tile);
                SoftmaxLoops.Exponentials<T>(x, maximum, scale, tile, count);
            }

            store.Store(ref target, starts, tile, null, count, scratch);
        }
    }
}
