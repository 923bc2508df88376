using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reduces result by result, and stores a tile of them at a time.</summary>
internal sealed unsafe class ReduceKernelByResult : IHostKernel
{
    private const int Input = OperandAddresses.FirstInput;

    private readonly ReduceKernel desc;
    private readonly IResultReduction reduction;
    private readonly LoopNest results;
    private readonly LoopNest elements;
    private readonly TileStore store;

    public ReduceKernelByResult(ReduceKernel desc, IResultReduction reduction)
    {
        this.desc = desc;
        this.reduction = reduction;
        results = LoopNest.InMemoryOrder(OperandAddresses.Views(desc), 0, 1);
        elements = LoopNest.OverAxes(desc.Inputs[0].Axes[1]);
        store = TileStore.ForEpilogue(desc);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        var split = new TaskSplit(results.Count, elements.Count, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            Span<long> storage = stackalloc long[2 * NestCursor.StorageLongs(results)];
            var source = new NestCursor(results, storage);
            var target = new NestCursor(results, storage[NestCursor.StorageLongs(results)..]);
            var inner = new NestCursor(elements, stackalloc long[NestCursor.StorageLongs(elements)]);
            float* values = (float*)(scratch + TileStore.ScratchBytes);
            source.Seek(split.Start(task));
            target.Seek(split.Start(task));
            for (long left = split.End(task) - split.Start(task); left > 0; left -= TileStore.TileElements)
            {
                int count = (int)Math.Min(left, TileStore.TileElements);
                for (int i = 0; i < count; i++)
                {
                    inner.Seek(0);
                    values[i] = reduction.Reduce(inner, (nint)source.At(Input, addresses[Input]), values + TileStore.TileElements);
                    source.Advance(1);
                }

                store.Store(ref target, addresses, values, null, count, scratch);
            }
        });
    }
}
