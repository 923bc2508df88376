using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>A fused expression over broadcast views, walked in the order in which the output lies.</summary>
internal sealed unsafe class HostElementwise : IHostKernel
{
    private readonly LoopNest nest;
    private readonly TileStore store;

    private HostElementwise(KernelDesc desc, ElementwiseProgram program)
    {
        Desc = desc;
        nest = LoopNest.InMemoryOrder(OperandAddresses.Views(desc));
        store = new TileStore(program, InputViews(desc));
    }

    public KernelDesc Desc { get; }

    public static IHostKernel Compile(ElementwiseKernel desc)
    {
        HostChecks.Kernels.Check(desc, desc.Inputs.Length);
        HostChecks.Kernels.Require(
            desc.Program.OperandCount == desc.Inputs.Length,
            desc,
            $"{desc.Inputs.Length} inputs for an expression of {desc.Program.OperandCount} operands");
        return Create(desc, desc.Program);
    }

    /// <summary>A kernel that stores a program's result over all its inputs; the caller has checked it.</summary>
    public static IHostKernel Create(KernelDesc desc, ElementwiseProgram program)
    {
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            HostChecks.Kernels.SameShape(desc, i);
        }

        return new HostElementwise(desc, program);
    }

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(Desc, command);
        var split = new TaskSplit(nest.Count, 1, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            var cursor = new NestCursor(nest, stackalloc long[NestCursor.StorageLongs(nest)]);
            cursor.Seek(split.Start(task));
            for (long left = split.End(task) - split.Start(task); left > 0;)
            {
                int count = (int)Math.Min(left, int.MaxValue);
                store.Store(ref cursor, addresses, null, null, count, scratch);
                left -= count;
            }
        });
    }

    private static ImmutableArray<TileOperand> InputViews(KernelDesc desc) =>
        [.. Enumerable.Range(0, desc.Inputs.Length).Select(input => TileOperand.View(OperandAddresses.FirstInput + input))];
}
