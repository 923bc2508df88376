using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Gather;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Scatter;

/// <summary>Writes updates by index over a copy of the data, in index order on one worker: later updates win.</summary>
internal sealed unsafe class HostScatter : IHostKernel
{
    private readonly ScatterKernel desc;
    private readonly AxisTables data;
    private readonly AxisTables indices;
    private readonly AxisTables updates;
    private readonly AxisTables output;

    private HostScatter(ScatterKernel desc)
    {
        this.desc = desc;
        data = new AxisTables(desc.Inputs[0]);
        indices = new AxisTables(desc.Inputs[1]);
        updates = new AxisTables(desc.Inputs[2]);
        output = new AxisTables(desc.Output);
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(ScatterKernel desc) => desc.Epilogue is null
        ? new HostScatter(desc)
        : throw new DeviceException($"host: scatter '{desc.Name}' takes no epilogue");

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        float* source = (float*)command.Inputs[0].HostAddress;
        int* ids = (int*)command.Inputs[1].HostAddress;
        float* values = (float*)command.Inputs[2].HostAddress;
        float* target = (float*)command.Output.HostAddress;

        Span<long> index = stackalloc long[data.Rank];
        for (long i = 0; i < desc.Output.ElementCount; i++)
        {
            Unravel(i, output, index);
            target[output.At(index)] = source[data.At(index)];
        }

        Span<long> at = stackalloc long[updates.Rank];
        Span<long> tuple = stackalloc long[indices.Rank];
        for (long i = 0; i < desc.Inputs[2].ElementCount; i++)
        {
            Unravel(i, updates, at);
            Locate(ids, at, tuple, index);
            float* element = target + output.At(index);
            *element = Combine(*element, values[updates.At(at)]);
        }
    }

    private static void Unravel(long position, AxisTables shape, Span<long> index)
    {
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            index[axis] = position % shape.Extent(axis);
            position /= shape.Extent(axis);
        }
    }

    private void Locate(int* ids, ReadOnlySpan<long> at, Span<long> tuple, Span<long> index)
    {
        if (desc.Mode == ScatterMode.Elements)
        {
            at.CopyTo(index);
            index[desc.Axis] = GatherIndex.Normalize(desc.Name, ids[indices.At(at)], output.Extent(desc.Axis));
            return;
        }

        int tupleAxis = indices.Rank - 1;
        int length = indices.Extent(tupleAxis);
        at[..tupleAxis].CopyTo(tuple);
        for (int k = 0; k < length; k++)
        {
            tuple[tupleAxis] = k;
            index[k] = GatherIndex.Normalize(desc.Name, ids[indices.At(tuple)], output.Extent(k));
        }

        at[tupleAxis..].CopyTo(index[length..]);
    }

    private float Combine(float old, float update)
    {
        if (desc.Output.Type == ElementType.Int32)
        {
            int a = BitConverter.SingleToInt32Bits(old);
            int b = BitConverter.SingleToInt32Bits(update);
            return BitConverter.Int32BitsToSingle(desc.Reduction switch
            {
                ScatterReduction.Add => unchecked(a + b),
                ScatterReduction.Multiply => unchecked(a * b),
                ScatterReduction.Maximum => Math.Max(a, b),
                ScatterReduction.Minimum => Math.Min(a, b),
                _ => b,
            });
        }

        return desc.Reduction switch
        {
            ScatterReduction.Add => old + update,
            ScatterReduction.Multiply => old * update,
            ScatterReduction.Maximum => MathF.Max(old, update),
            ScatterReduction.Minimum => MathF.Min(old, update),
            _ => update,
        };
    }
}
