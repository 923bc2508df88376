using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>Counts a kernel's arithmetic and the bytes that it touches, each element once, from its description alone.</summary>
public static class KernelWork
{
    // Operations per element, counted in the plainest formulation; transcendental functions count as one.
    private const int SoftmaxOperations = 5;
    private const int NormalizeOperations = 8;
    private const int LinearTaps = 4;
    private const int CubicTaps = 16;

    /// <summary>Floating-point operations, those of the epilogue included.</summary>
    public static long Flops(KernelDesc desc)
    {
        long outputs = desc.Output.ElementCount;
        return Flops(desc, outputs) + (Steps(desc.Epilogue) * outputs);
    }

    /// <summary>Bytes of the distinct elements that a view reaches.</summary>
    public static long DistinctBytes(TensorView view) => DistinctElements(view) * view.Type.SizeInBytes();

    /// <summary>Operations and bytes of a launch: the whole kernel, or the share that some panels of its streamed weight make.</summary>
    /// <param name="desc">The kernel.</param>
    /// <param name="panels">How many panels; ignored without such a weight.</param>
    public static (long Flops, long Bytes) OfLaunch(KernelDesc desc, int panels)
    {
        long inputs = desc.Inputs.Sum(DistinctBytes);
        long rest = desc.Output.ElementCount * desc.Output.Type.SizeInBytes();
        if (desc.Panels is not { PanelCount: > 0 } weight)
        {
            return (Flops(desc), inputs + rest);
        }

        double share = (double)panels / weight.PanelCount;
        return ((long)(Flops(desc) * share), inputs + (long)((weight.TotalBytes + rest) * share));
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
