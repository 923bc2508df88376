using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Elementwise;

/// <summary>A fused expression over broadcast views.</summary>
internal sealed unsafe class HostElementwise : IHostKernel
{
    private const int MaxOperands = 40;

    private readonly ElementwiseRunner runner;
    private readonly LoopNest nest;

    private HostElementwise(KernelDesc desc, ElementwiseProgram program)
    {
        Desc = desc;
        runner = new ElementwiseRunner(program);
        nest = LoopNest.Over([desc.Output, .. desc.Inputs]);
    }

    public KernelDesc Desc { get; }

    public static IHostKernel Compile(ElementwiseKernel desc) => new HostElementwise(desc, desc.Program);

    /// <summary>A kernel that stores a program's result over its inputs; also for copies with an epilogue.</summary>
    public static IHostKernel Compile(KernelDesc desc, ElementwiseProgram program) => new HostElementwise(desc, program);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        long outputStride = nest.RunStride(0);
        nest.ForEachRun(workers, (offsets, count, scratch) =>
        {
            Span<OperandRun> operands = stackalloc OperandRun[MaxOperands];
            for (int i = 0; i < inputs.Length; i++)
            {
                operands[i] = new OperandRun((float*)inputs[i] + offsets[i + 1], nest.RunStride(i + 1));
            }

            StridedStore.Run(
                runner, count, operands[..inputs.Length], (float*)output + offsets[0], outputStride, (byte*)scratch);
        });
    }
}
