using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Cost;

/// <summary>Counts a kernel's arithmetic and the bytes that it reads and writes, each element once.</summary>
internal static class CostModel
{
    // Operations per element, counted in the plainest formulation; transcendental functions count as one.
    private const int SoftmaxOperations = 5;
    private const int NormalizeOperations = 8;
    private const int LinearTaps = 4;
    private const int CubicTaps = 16;

    /// <param name="desc">The kernel.</param>
    /// <param name="operands">What its inputs are bound to.</param>
    /// <param name="fetchesRows">Input 0 holds rows of a weight.</param>
    public static KernelCost Estimate(KernelDesc desc, ImmutableArray<Operand> operands, bool fetchesRows)
    {
        long weightBytes = desc.Panels?.TotalBytes ?? 0;
        long inputBytes = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            long bytes = DistinctElements(desc.Inputs[i]) * desc.Inputs[i].Type.SizeInBytes();
            bool isWeight = operands[i].Kind == OperandKind.Weight || (fetchesRows && i == 0);
            weightBytes += isWeight ? bytes : 0;
            inputBytes += isWeight ? 0 : bytes;
        }

        long outputs = desc.Output.ElementCount;
        long flops = Flops(desc, outputs) + (Steps(desc.Epilogue) * outputs);
        return new KernelCost(flops, weightBytes, inputBytes, outputs * desc.Output.Type.SizeInBytes());
    }

    private static long Flops(KernelDesc desc, long outputs) => desc switch
    {
        MatMulKernel => 2 * outputs * desc.Inputs[0].Shape[2],
        ConvKernel conv => 2 * outputs * Taps(conv),
        AttentionKernel => Attention(desc),
        ElementwiseKernel elementwise => outputs * Steps(elementwise.Program),
        SoftmaxKernel => outputs * SoftmaxOperations,
        NormalizeKernel => outputs * NormalizeOperations,
        ReduceKernel => desc.Inputs[0].ElementCount,
        PoolKernel pool => outputs * pool.Kernel.Height * pool.Kernel.Width,
        ResizeKernel resize => outputs * resize.Mode switch
        {
            ResizeMode.Linear => 2 * LinearTaps,
            ResizeMode.Cubic => 2 * CubicTaps,
            _ => 0,
        },
        _ => 0,
    };

    /// <summary>Multiplications per output element; a transposed convolution meets only every stride-th element per axis.</summary>
    private static long Taps(ConvKernel conv)
    {
        long taps = conv.Weight?.Depth ?? (long)conv.Kernel.Height * conv.Kernel.Width;
        return Math.Max(1, taps / ((long)conv.InputDilation.Height * conv.InputDilation.Width));
    }

    private static long Attention(KernelDesc desc)
    {
        Shape q = desc.Inputs[0].Shape;
        long scores = q[0] * q[1] * q[2] * desc.Inputs[1].Shape[2];
        return scores * ((2 * q[3]) + (2 * desc.Inputs[2].Shape[3]) + SoftmaxOperations);
    }

    private static long Steps(ElementwiseProgram? program)
    {
        long steps = 0;
        foreach (ElementwiseInstruction step in program?.Instructions ?? [])
        {
            steps += step.Op == ElementwiseOp.Constant ? 0 : 1;
        }

        return steps;
    }

    private static long DistinctElements(TensorView view)
    {
        long elements = 1;
        foreach (var axis in view.Axes)
        {
            foreach (ViewFactor factor in axis)
            {
                elements *= factor.Stride == 0 ? 1 : factor.Extent;
            }
        }

        return elements;
    }
}
