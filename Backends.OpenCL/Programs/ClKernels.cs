using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Copy;
using FlashMem.Backends.OpenCL.Elementwise;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Normalize;
using FlashMem.Backends.OpenCL.Softmax;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>One compiler per kernel family; what a family cannot do is a <see cref="DeviceException"/> that names the kernel.</summary>
internal static class ClKernels
{
    public static IClKernel Compile(KernelDesc kernel, ClTraits traits)
    {
        try
        {
            return CompileFamily(kernel, traits);
        }
        catch (DeviceException cause) when (!cause.Message.Contains(kernel.Name, StringComparison.Ordinal))
        {
            // Parts that families share do not know the kernel.
            throw new DeviceException($"opencl: {kernel.Family} kernel '{kernel.Name}': {cause.Message}", cause);
        }
    }

    private static IClKernel CompileFamily(KernelDesc kernel, ClTraits traits) => kernel switch
    {
        MatMulKernel desc => ClMatMul.Compile(desc, traits),
        ElementwiseKernel desc => ClElementwise.Compile(desc, traits),
        SoftmaxKernel desc => ClSoftmax.Compile(desc, traits),
        NormalizeKernel desc => ClNormalize.Compile(desc, traits),
        CopyKernel desc => ClCopy.Compile(desc, traits),
        _ => throw new DeviceException($"opencl: kernel '{kernel.Name}' is of a family that it does not have: {kernel.GetType().Name}"),
    };
}
