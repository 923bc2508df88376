using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Attention;
using FlashMem.Backends.OpenCL.Conv;
using FlashMem.Backends.OpenCL.Copy;
using FlashMem.Backends.OpenCL.Elementwise;
using FlashMem.Backends.OpenCL.Gather;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Normalize;
using FlashMem.Backends.OpenCL.Pool;
using FlashMem.Backends.OpenCL.Reduce;
using FlashMem.Backends.OpenCL.Resize;
using FlashMem.Backends.OpenCL.Scatter;
using FlashMem.Backends.OpenCL.Softmax;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>One compiler per kernel family; what a family cannot do is a <see cref="DeviceException"/> that names the kernel.</summary>
internal static class ClKernels
{
    /// <param name="kernel">What to compute.</param>
    /// <param name="traits">The device.</param>
    /// <param name="tiles">One of the kernel's candidates; null leaves it to tuned tiles and the tables.</param>
    public static IClKernel Compile(KernelDesc kernel, ClTraits traits, KernelTiles? tiles = null)
    {
        if (traits.CarriedWeights is not null && !kernel.CarriesMoves)
        {
            throw new DeviceException($"opencl: {kernel.Family} kernel '{kernel.Name}' cannot carry moves");
        }

        try
        {
            return CompileFamily(kernel, traits, tiles);
        }
        catch (DeviceException cause) when (!cause.Message.Contains(kernel.Name, StringComparison.Ordinal))
        {
            // Parts that families share do not know the kernel.
            throw new DeviceException($"opencl: {kernel.Family} kernel '{kernel.Name}': {cause.Message}", cause);
        }
    }

    private static IClKernel CompileFamily(KernelDesc kernel, ClTraits traits, KernelTiles? tiles) => kernel switch
    {
        MatMulKernel matMul => ClMatMul.Compile(matMul, traits, tiles),
        ConvKernel conv => ClConv.Compile(conv, traits, tiles),
        AttentionKernel attention => ClAttention.Compile(attention, traits, tiles),
        ElementwiseKernel elementwise => ClElementwise.Compile(elementwise, traits),
        SoftmaxKernel softmax => ClSoftmax.Compile(softmax, traits),
        NormalizeKernel normalize => ClNormalize.Compile(normalize, traits),
        ReduceKernel reduce => ClReduce.Compile(reduce, traits),
        PoolKernel pool => ClPool.Compile(pool, traits),
        ResizeKernel resize => ClResize.Compile(resize, traits),
        GatherKernel gather => ClGather.Compile(gather, traits),
        ScatterKernel scatter => ClScatter.Compile(scatter, traits),
        CopyKernel copy => ClCopy.Compile(copy, traits),
        _ => throw new DeviceException($"opencl: kernel '{kernel.Name}' is of a family that it does not have: {kernel.GetType().Name}"),
    };
}
