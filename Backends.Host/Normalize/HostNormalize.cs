using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Normalize;

/// <summary>
/// Layer, group and RMS normalisation: two passes for the statistics (the mean first, then squared deviations, so that nothing cancels),
/// then one fused expression for scale, shift and epilogue.
/// </summary>
internal sealed unsafe class HostNormalize : IHostKernel
{
    private const int MaxOperands = 40;
    private const int StatisticsOperands = 2;

    private readonly NormalizeKernel desc;
    private readonly ElementwiseRunner runner;
    private readonly LoopNest outer;
    private readonly LoopNest inner;

    private HostNormalize(NormalizeKernel desc)
    {
        this.desc = desc;
        runner = new ElementwiseRunner(Programs.Then(Affine(desc.HasScale, desc.HasBias), desc.Epilogue));
        TensorView[] views = [desc.Output, .. desc.Inputs];
        outer = LoopNest.Over(views, 0, 1);
        inner = LoopNest.Over(views, 1, 1);
    }

    public KernelDesc Desc => desc;

    public static IHostKernel Compile(NormalizeKernel desc) => new HostNormalize(desc);

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

                NormalizeRow(row, output, inputs, (byte*)scratch);
            }
        });
    }

    // ((x - mean) * inverse [* scale]) [+ bias], operands in the order x, mean, inverse, scale, bias.
    private static ElementwiseProgram Affine(bool hasScale, bool hasBias)
    {
        int operands = 1 + StatisticsOperands + (hasScale ? 1 : 0) + (hasBias ? 1 : 0);
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>();
        int next = 1 + StatisticsOperands;
        int value = Emit(ElementwiseOp.Subtract, 0, 1);
        value = Emit(ElementwiseOp.Multiply, value, 2);
        if (hasScale)
        {
            value = Emit(ElementwiseOp.Multiply, value, next++);
        }

        if (hasBias)
        {
            Emit(ElementwiseOp.Add, value, next);
        }

        return new ElementwiseProgram(operands, instructions.ToImmutable());

        int Emit(ElementwiseOp op, int a, int b)
        {
            instructions.Add(new ElementwiseInstruction(op, ElementType.Float32, a, b));
            return operands + instructions.Count - 1;
        }
    }

    private void NormalizeRow(ReadOnlySpan<long> row, nint output, nint[] inputs, byte* scratch)
    {
        float* x = (float*)inputs[0];
        double mean = desc.Mode == NormalizeMode.MeanVariance ? SumOverRow(x, row, 0, squared: false) / inner.ElementCount : 0;
        double variance = SumOverRow(x, row, (float)mean, squared: true) / inner.ElementCount;
        float center = (float)mean;
        float inverse = (float)(1 / Math.Sqrt(variance + desc.Epsilon));

        Span<OperandRun> operands = stackalloc OperandRun[MaxOperands];
        Span<long> offsets = stackalloc long[row.Length];
        for (long position = 0; position < inner.OuterCount; position++)
        {
            row.CopyTo(offsets);
            inner.AddOuter(position, offsets);
            operands[0] = new OperandRun(x + offsets[1], inner.RunStride(1));
            operands[1] = new OperandRun(&center, 0);
            operands[2] = new OperandRun(&inverse, 0);
            for (int i = 1; i < inputs.Length; i++)
            {
                operands[i + StatisticsOperands] = new OperandRun((float*)inputs[i] + offsets[i + 1], inner.RunStride(i + 1));
            }

            StridedStore.Run(
                runner,
                (int)inner.RunLength,
                operands[..(inputs.Length + StatisticsOperands)],
                (float*)output + offsets[0],
                inner.RunStride(0),
                scratch);
        }
    }

    private double SumOverRow(float* x, ReadOnlySpan<long> row, float center, bool squared)
    {
        Span<long> offsets = stackalloc long[row.Length];
        double sum = 0;
        for (long position = 0; position < inner.OuterCount; position++)
        {
            row.CopyTo(offsets);
            inner.AddOuter(position, offsets);
            sum += Sums.Of(x + offsets[1], inner.RunStride(1), (int)inner.RunLength, center, squared);
        }

        return sum;
    }
}
