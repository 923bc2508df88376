using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Copies one slice of the data for every index. Slices are put into tiles, as many as fit or a part of one, and stored.</summary>
internal sealed unsafe class SliceGather : IHostKernel
{
    private const int Data = OperandAddresses.FirstInput;
    private const int Indices = Data + 1;

    private readonly GatherKernel desc;
    private readonly ISlices slices;
    private readonly LoopNest slice;
    private readonly LoopNest results;
    private readonly TileStore store;

    /// <param name="desc">What to gather.</param>
    /// <param name="slices">Which slices.</param>
    /// <param name="dataAxis">First axis of the data that is copied whole.</param>
    public SliceGather(GatherKernel desc, ISlices slices, int dataAxis)
    {
        this.desc = desc;
        this.slices = slices;
        slice = LoopNest.OverAxes(desc.Inputs[0].Factors(dataAxis));
        store = TileStore.ForEpilogue(desc);

        // Data and indices have other axes than the output, which stands in their places.
        results = LoopNest.InOrder([desc.Output, desc.Output, desc.Output, .. desc.Inputs.Skip(desc.EpilogueStart)]);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        long places = slice.Count == 0 ? 0 : results.Count / slice.Count;
        var split = new TaskSplit(places, slice.Count, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var source = new NestCursor(slice, stackalloc long[NestCursor.StorageLongs(slice)]);
            var target = new NestCursor(results, stackalloc long[NestCursor.StorageLongs(results)]);
            float* tile = (float*)(scratch + TileStore.ScratchBytes);
            int filled = 0;
            target.Seek(split.Start(task) * slice.Count);
            for (long place = split.Start(task); place < split.End(task); place++)
            {
                nint start = (nint)((float*)addresses[Data] + slices.At(place, (int*)addresses[Indices]));
                source.Seek(0);
                for (long left = slice.Count; left > 0;)
                {
                    int count = (int)Math.Min(Math.Min(left, source.RunLeft), TileStore.TileElements - filled);
                    TileLoad.Gather(source.At(0, start), slice.RunStride(0), tile + filled, count);
                    source.Advance(count);
                    left -= count;
                    filled += count;
                    if (filled == TileStore.TileElements)
                    {
                        store.Store(ref target, addresses, tile, null, filled, scratch);
                        filled = 0;
                    }
                }
            }

            store.Store(ref target, addresses, tile, null, filled, scratch);
        });
    }
}
