using System.Numerics.Tensors;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Rows that the runtime fetched from the weight file, widened to float where they are stored as halves.</summary>
internal sealed unsafe class FetchedRows : IHostKernel
{
    private const int Data = OperandAddresses.FirstInput;

    private readonly GatherKernel desc;
    private readonly LoopNest nest;
    private readonly TileStore store;

    public FetchedRows(GatherKernel desc)
    {
        this.desc = desc;
        nest = LoopNest.InOrder(OperandAddresses.Views(desc));
        store = TileStore.ForEpilogue(desc);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        addresses[Data] = command.Inputs[0].HostAddress + (nint)(desc.Inputs[0].Offset * desc.RowType.SizeInBytes());
        var split = new TaskSplit(nest.Count, 1, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            Span<long> storage = stackalloc long[2 * NestCursor.StorageLongs(nest)];
            var source = new NestCursor(nest, storage);
            var target = new NestCursor(nest, storage[NestCursor.StorageLongs(nest)..]);
            float* tile = (float*)(scratch + TileStore.ScratchBytes);
            source.Seek(split.Start(task));
            target.Seek(split.Start(task));
            for (long left = split.End(task) - split.Start(task); left > 0; left -= TileStore.TileElements)
            {
                int count = (int)Math.Min(left, TileStore.TileElements);
                float* values = desc.RowType == ElementType.Float16
                    ? Widen(ref source, addresses[Data], count, tile)
                    : TileLoad.Load(ref source, Data, addresses[Data], count, tile);
                store.Store(ref target, addresses, values, null, count, scratch);
            }
        });
    }

    private static float* Widen(ref NestCursor cursor, nint start, int count, float* tile)
    {
        long stride = cursor.Nest.RunStride(Data);
        for (int done = 0; done < count;)
        {
            int length = (int)Math.Min(count - done, cursor.RunLeft);
            Half* source = (Half*)start + cursor.Offset(Data);
            if (stride == 1)
            {
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(source, length), new Span<float>(tile + done, length));
            }
            else
            {
                for (int i = 0; i < length; i++)
                {
                    tile[done + i] = (float)source[i * stride];
                }
            }

            cursor.Advance(length);
            done += length;
        }

        return tile;
    }
}
