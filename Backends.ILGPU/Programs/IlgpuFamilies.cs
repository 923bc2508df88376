using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Attention;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Images;
using FlashMem.Backends.ILGPU.Indexing;
using FlashMem.Backends.ILGPU.Products;
using FlashMem.Backends.ILGPU.Rows;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>One compiler per kernel family; what a family cannot do is a <see cref="DeviceException"/> that names the kernel.</summary>
internal static class IlgpuFamilies
{
    public static IlgpuKernel Compile(KernelDesc kernel, KernelBuild build)
    {
        try
        {
            return CompileFamily(kernel, build);
        }
        catch (Exception cause) when (cause is not FlashMemException and not OutOfMemoryException)
        {
            throw new DeviceException($"ilgpu: {kernel.Family} kernel '{kernel.Name}' does not compile: {cause.Message}", cause);
        }
    }

    private static IlgpuKernel CompileFamily(KernelDesc kernel, KernelBuild build) => kernel switch
    {
        MatMulKernel desc => ProductFamily.Compile(desc, build),
        ConvKernel desc => ProductFamily.Compile(desc, build),
        AttentionKernel desc => AttentionFamily.Compile(desc, build),
        ElementwiseKernel desc => ElementwiseFamily.Compile(desc, build),
        SoftmaxKernel desc => SoftmaxFamily.Compile(desc, build),
        NormalizeKernel desc => NormalizeFamily.Compile(desc, build),
        ReduceKernel desc => ReduceFamily.Compile(desc, build),
        PoolKernel desc => PoolFamily.Compile(desc, build),
        ResizeKernel desc => ResizeFamily.Compile(desc, build),
        GatherKernel desc => GatherFamily.Compile(desc, build),
        ScatterKernel desc => ScatterFamily.Compile(desc, build),
        CopyKernel desc => CopyFamily.Compile(desc, build),
        _ => throw new DeviceException($"ilgpu: kernel '{kernel.Name}' is of a family that it does not have: {kernel.GetType().Name}"),
    };
}
