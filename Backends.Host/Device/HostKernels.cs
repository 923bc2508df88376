using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Attention;
using FlashMem.Backends.Host.Conv;
using FlashMem.Backends.Host.Copy;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Gather;
using FlashMem.Backends.Host.MatMul;
using FlashMem.Backends.Host.Normalize;
using FlashMem.Backends.Host.Pool;
using FlashMem.Backends.Host.Reduce;
using FlashMem.Backends.Host.Resize;
using FlashMem.Backends.Host.Scatter;
using FlashMem.Backends.Host.Softmax;

namespace FlashMem.Backends.Host;

/// <summary>One compiler per kernel family; what a family cannot do is a <see cref="DeviceException"/> that names the kernel.</summary>
internal static class HostKernels
{
    public static IHostKernel Compile(KernelDesc kernel)
    {
        try
        {
            return CompileFamily(kernel);
        }
        catch (DeviceException cause) when (!cause.Message.Contains(kernel.Name, StringComparison.Ordinal))
        {
            // Parts that families share do not know the kernel.
            throw new DeviceException($"host: {kernel.Family} kernel '{kernel.Name}': {cause.Message}", cause);
        }
    }

    private static IHostKernel CompileFamily(KernelDesc kernel) => kernel switch
    {
        MatMulKernel desc => HostMatMul.Compile(desc),
        ConvKernel desc => HostConv.Compile(desc),
        AttentionKernel desc => HostAttention.Compile(desc),
        ElementwiseKernel desc => HostElementwise.Compile(desc),
        SoftmaxKernel desc => HostSoftmax.Compile(desc),
        NormalizeKernel desc => HostNormalize.Compile(desc),
        ReduceKernel desc => HostReduce.Compile(desc),
        PoolKernel desc => HostPool.Compile(desc),
        ResizeKernel desc => HostResize.Compile(desc),
        GatherKernel desc => HostGather.Compile(desc),
        ScatterKernel desc => HostScatter.Compile(desc),
        CopyKernel desc => HostCopy.Compile(desc),
        _ => throw new DeviceException($"host: kernel '{kernel.Name}' is of a family that it does not have: {kernel.GetType().Name}"),
    };
}
