using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Copy;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Scatter;

/// <summary>
/// Copies the data, writes the updates one after the other so that the last of several wins, then applies the epilogue in place.
/// </summary>
internal sealed unsafe class ScatterUpdates : IHostKernel
{
    private const int Indices = OperandAddresses.FirstInput + 1;
    private const int Updates = OperandAddresses.FirstInput + 2;

    private readonly ScatterKernel desc;
    private readonly ITargets targets;
    private readonly AxisWalk updates;
    private readonly StridedCopy copy;
    private readonly LoopNest? epilogueNest;
    private readonly TileStore store;

    public ScatterUpdates(ScatterKernel desc, ITargets targets)
    {
        this.desc = desc;
        this.targets = targets;
        updates = new AxisWalk(desc.Inputs[2].Factors());
        copy = new StridedCopy(new CopyKernel { Name = desc.Name, Inputs = [desc.Inputs[0]], Output = desc.Output });
        store = new TileStore(
            desc.Epilogue, [TileOperand.View(OperandAddresses.Output), .. TileStore.EpilogueViews(desc)]);

        // Indices and updates have other shapes than the output, which stands in their place.
        epilogueNest = desc.Epilogue is null
            ? null
            : LoopNest.InMemoryOrder(
                [desc.Output, desc.Output, desc.Output, desc.Output, .. desc.Inputs.Skip(desc.EpilogueStart)]);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        copy.Run(command, workers);
        nint[] addresses = OperandAddresses.Of(desc, command);
        long count = updates.Extent;
        for (long i = 0; i < count; i++)
        {
            float* target = (float*)addresses[OperandAddresses.Output] + targets.At(i, (int*)addresses[Indices]);
            float update = ((float*)addresses[Updates])[updates.At(i)];
            *target = desc.Reduction == ScatterReduction.None ? update
                : desc.Output.Type == ElementType.Int32 ? CombineInt(*(int*)target, BitConverter.SingleToInt32Bits(update))
                : Combine(*target, update);
        }

        if (epilogueNest is { } nest)
        {
            ApplyEpilogue(nest, addresses, workers);
        }
    }

    private void ApplyEpilogue(LoopNest nest, nint[] addresses, WorkerPool workers)
    {
        var split = new TaskSplit(nest.Count, 1, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var cursor = new NestCursor(nest, stackalloc long[NestCursor.StorageLongs(nest)]);
            cursor.Seek(split.Start(task));
            int count = checked((int)(split.End(task) - split.Start(task)));
            store.Store(ref cursor, addresses, null, null, count, scratch);
        });
    }

    private float Combine(float old, float update) => desc.Reduction switch
    {
        ScatterReduction.Add => old + update,
        ScatterReduction.Multiply => old * update,
        ScatterReduction.Maximum => Math.Max(old, update),
        _ => Math.Min(old, update),
    };

    private float CombineInt(int old, int update) => BitConverter.Int32BitsToSingle(desc.Reduction switch
    {
        ScatterReduction.Add => unchecked(old + update),
        ScatterReduction.Multiply => unchecked(old * update),
        ScatterReduction.Maximum => Math.Max(old, update),
        _ => Math.Min(old, update),
    });
}
