using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Conv;

/// <summary>Compiles convolutions.</summary>
internal static class HostConv
{
    public static IHostKernel Compile(ConvKernel desc)
    {
        int needed = desc.Weight is null ? 2 : 1;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: convolution has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        return desc.Weight is { } weight ? new WeightConv(desc, weight) : new DepthwiseConv(desc);
    }
}
