using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// Stores runs of results along one axis of a kernel's output through its epilogue. The operands and the output may have any factors:
/// an axis without a single step is walked element by element.
/// </summary>
internal sealed unsafe class ChannelRun
{
    private const int MaxOperands = 40;

    private readonly ElementwiseRunner runner;
    private readonly AxisTables output;
    private readonly AxisTables[] operands;
    private readonly int firstOperand;
    private readonly int axis;
    private readonly bool single;

    /// <param name="desc">Its output and epilogue operands share their logical axes.</param>
    /// <param name="axis">The axis along which results are computed.</param>
    public ChannelRun(KernelDesc desc, int axis)
    {
        this.axis = axis;
        runner = new ElementwiseRunner(Programs.Then(Programs.Identity, desc.Epilogue));
        output = new AxisTables(desc.Output);
        firstOperand = desc.EpilogueStart;
        operands = [.. desc.Inputs.Skip(firstOperand).Select(view => new AxisTables(view))];
        single = output.Stride(axis) is not null && operands.All(tables => tables.Stride(axis) is not null);
    }

    public AxisTables Output => output;

    /// <summary>Stores <paramref name="count"/> results from position <paramref name="start"/> of the axis; <paramref name="index"/> gives the others.</summary>
    public void Store(float* values, int start, int count, Span<long> index, nint destination, nint[] inputs, byte* scratch)
    {
        int step = single ? count : 1;
        Span<OperandRun> runs = stackalloc OperandRun[MaxOperands];
        for (int i = 0; i < count; i += step)
        {
            index[axis] = start + i;
            runs[0] = new OperandRun(values + i, 1);
            for (int k = 0; k < operands.Length; k++)
            {
                runs[k + 1] = new OperandRun(
                    (float*)inputs[firstOperand + k] + operands[k].At(index), single ? operands[k].Stride(axis)!.Value : 0);
            }

            StridedStore.Run(
                runner,
                step,
                runs[..(operands.Length + 1)],
                (float*)destination + output.At(index),
                single ? output.Stride(axis)!.Value : 1,
                scratch);
        }
    }
}
