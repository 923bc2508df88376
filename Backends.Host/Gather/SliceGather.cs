using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Copies one slice of the data for every index, through the epilogue.</summary>
internal sealed unsafe class SliceGather : IHostKernel
{
    private const int Data = OperandAddresses.FirstInput;
    private const int Indices = Data + 1;

    private readonly GatherKernel desc;
    private readonly ISlices slices;
    private readonly LoopNest places;
    private readonly LoopNest slice;
    private readonly TileStore store;

    /// <param name="desc">What to gather.</param>
    /// <param name="slices">Which slices.</param>
    /// <param name="dataAxis">First axis of the data that is copied whole.</param>
    /// <param name="outputAxis">The same axis of the output.</param>
    public SliceGather(GatherKernel desc, ISlices slices, int dataAxis, int outputAxis)
    {
        this.desc = desc;
        this.slices = slices;
        store = TileStore.ForEpilogue(desc);

        // Data and indices have other axes than the output, so the nests see the output in their places where they do not take part.
        TensorView[] views = [desc.Output, desc.Output, desc.Output, .. desc.Inputs.Skip(desc.EpilogueStart)];
        places = LoopNest.InOrder(views, 0, outputAxis);
        slice = LoopNest.OverAxes(
            [.. views.Select((view, i) => i == Data ? desc.Inputs[0].Factors(dataAxis) : view.Factors(outputAxis))]);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        var split = new TaskSplit(places.Count, slice.Count, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var place = new NestCursor(places, stackalloc long[NestCursor.StorageLongs(places)]);
            Span<long> storage = stackalloc long[2 * NestCursor.StorageLongs(slice)];
            var source = new NestCursor(slice, storage);
            var target = new NestCursor(slice, storage[NestCursor.StorageLongs(slice)..]);
            Span<nint> starts = stackalloc nint[addresses.Length];
            float* tile = (float*)(scratch + TileStore.ScratchBytes);
            place.Seek(split.Start(task));
            for (long i = split.Start(task); i < split.End(task); i++)
            {
                for (int v = 0; v < starts.Length; v++)
                {
                    starts[v] = (nint)place.At(v, addresses[v]);
                }

                starts[Data] = (nint)((float*)addresses[Data] + slices.At(i, (int*)addresses[Indices]));
                CopySlice(ref source, ref target, starts, tile, scratch);
                place.Advance(1);
            }
        });
    }

    private void CopySlice(ref NestCursor source, ref NestCursor target, ReadOnlySpan<nint> starts, float* tile, byte* scratch)
    {
        source.Seek(0);
        target.Seek(0);
        for (long left = slice.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            float* values = TileLoad.Load(ref source, Data, starts[Data], count, tile);
            store.Store(ref target, starts, values, null, count, scratch);
        }
    }
}
