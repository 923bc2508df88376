using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Resize;

/// <summary>Compiles resampling of images.</summary>
internal static class HostResize
{
    public static IHostKernel Compile(ResizeKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1);
        HostChecks.Kernels.Rank(desc, desc.Output, 4);
        HostChecks.Kernels.Rank(desc, desc.Inputs[0], 4);
        HostChecks.Kernels.Require(desc.Output.Type == ElementType.Float32, desc, $"resamples elements of type {desc.Output.Type}");
        HostChecks.Kernels.Require(
            desc.Inputs[0].Shape[0] == desc.Output.Shape[0] && desc.Inputs[0].Shape[1] == desc.Output.Shape[1]
                && desc.Inputs[0].ElementCount > 0,
            desc,
            $"resamples {desc.Inputs[0].Shape} to {desc.Output.Shape}");
        return LaneWidth.Bits switch
        {
            512 => new TapResize<Lane512>(desc),
            256 => new TapResize<Lane256>(desc),
            _ => new TapResize<Lane128>(desc),
        };
    }
}
