using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>Softmax over rows: a row is gathered into scratch, exponentiated there, and stored through the epilogue.</summary>
internal sealed unsafe class HostSoftmax : IHostKernel
{
    private const int MaxOperands = 40;
    private const int MaxRowElements = (WorkerPool.ScratchBytes - StridedStore.ScratchBytes) / sizeof(float);

    private readonly SoftmaxKernel desc;
    private readonly ElementwiseRunner runner;
    private readonly LoopNest outer;
    private readonly LoopNest inner;

    private HostSoftmax(SoftmaxKernel desc)
    {
        this.desc = desc;
        runner = new ElementwiseRunner(Programs.Then(Programs.Identity, desc.Epilogue));
        TensorView[] views = [desc.Output, .. desc.Inputs];
        outer = LoopNest.Over(views, 0, 1);
        inner = LoopNest.Over(views, 1, 1);
        if (inner.ElementCount > MaxRowElements)
        {
            throw new DeviceException(
                $"host: softmax '{desc.Name}' over {inner.ElementCount} elements exceeds the workspace of {MaxRowElements}");
        }
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(SoftmaxKernel desc) => new HostSoftmax(desc);

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint output = command.Output.HostAddress;
        nint[] inputs = [.. command.Inputs.Select(range => range.HostAddress)];
        outer.ForEachRun(workers, (offsets, count, scratch) =>
        {
            Span<long> row = stackalloc long[inputs.Length + 1];
            for (int i = 0; i < count; i++)
            {
                for (int v = 0; v < row.Length; v++)
                {
                    row[v] = offsets[v] + (i * outer.RunStride(v));
                }

                SoftmaxRow(row, output, inputs, (byte*)scratch);
            }
        });
    }

    private void SoftmaxRow(ReadOnlySpan<long> row, nint output, nint[] inputs, byte* scratch)
    {
        float* values = (float*)(scratch + StridedStore.ScratchBytes);
        int run = (int)inner.RunLength;
        int total = (int)inner.ElementCount;
        Span<long> offsets = stackalloc long[row.Length];
        for (int position = 0; position < inner.OuterCount; position++)
        {
            row.CopyTo(offsets);
            inner.AddOuter(position, offsets);
            float* source = (float*)inputs[0] + offsets[1];
            long stride = inner.RunStride(1);
            for (int i = 0; i < run; i++)
            {
                values[(position * run) + i] = source[i * stride];
            }
        }

        switch (LaneWidth.Bits)
        {
            case 512:
                SoftmaxRows.Apply<Lane512>(values, total, desc.Logarithm);
                break;
            case 256:
                SoftmaxRows.Apply<Lane256>(values, total, desc.Logarithm);
                break;
            default:
                SoftmaxRows.Apply<Lane128>(values, total, desc.Logarithm);
                break;
        }

        Span<OperandRun> operands = stackalloc OperandRun[MaxOperands];
        for (int position = 0; position < inner.OuterCount; position++)
        {
            row.CopyTo(offsets);
            inner.AddOuter(position, offsets);
            operands[0] = new OperandRun(values + (position * run), 1);
            for (int i = 1; i < inputs.Length; i++)
            {
                operands[i] = new OperandRun((float*)inputs[i] + offsets[i + 1], inner.RunStride(i + 1));
            }

            StridedStore.Run(runner, run, operands[..inputs.Length], (float*)output + offsets[0], inner.RunStride(0), scratch);
        }
    }
}
