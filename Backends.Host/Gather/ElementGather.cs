using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Reads every element by an index of its own along one axis.</summary>
internal sealed unsafe class ElementGather : IHostKernel
{
    private const int Data = OperandAddresses.FirstInput;
    private const int Indices = Data + 1;

    private readonly GatherKernel desc;
    private readonly ImmutableArray<AxisWalk> data;
    private readonly ImmutableArray<long> extents;
    private readonly LoopNest nest;
    private readonly TileStore store;

    public ElementGather(GatherKernel desc)
    {
        this.desc = desc;
        data = [.. desc.Inputs[0].Axes.Select(factors => new AxisWalk(factors))];
        extents = desc.Output.Shape.Dims;

        // The data has other extents than the output, which stands in its place.
        nest = LoopNest.InOrder([desc.Output, desc.Output, .. desc.Inputs.Skip(1)]);
        store = TileStore.ForEpilogue(desc);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        var split = new TaskSplit(nest.Count, 1, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            Span<long> storage = stackalloc long[2 * NestCursor.StorageLongs(nest)];
            var source = new NestCursor(nest, storage);
            var target = new NestCursor(nest, storage[NestCursor.StorageLongs(nest)..]);
            float* values = (float*)(scratch + TileStore.ScratchBytes);
            source.Seek(split.Start(task));
            target.Seek(split.Start(task));
            for (long position = split.Start(task); position < split.End(task);)
            {
                int count = (int)Math.Min(split.End(task) - position, TileStore.TileElements);
                for (int i = 0; i < count; i++, position++)
                {
                    int index = *(int*)source.At(Indices, addresses[Indices]);
                    values[i] = ((float*)addresses[Data])[DataOffset(position, index)];
                    source.Advance(1);
                }

                store.Store(ref target, addresses, values, null, count, scratch);
            }
        });
    }

    private long DataOffset(long position, int index)
    {
        long offset = 0;
        for (int axis = extents.Length - 1; axis >= 0; axis--)
        {
            (position, long digit) = Math.DivRem(position, extents[axis]);
            offset += data[axis].At(
                axis == desc.Axis ? GatherIndex.Normalize(desc.Name, index, data[axis].Extent) : digit);
        }

        return offset;
    }
}
