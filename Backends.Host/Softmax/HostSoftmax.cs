using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>Compiles softmax over rows.</summary>
internal static class HostSoftmax
{
    public static IHostKernel Compile(SoftmaxKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1);
        HostChecks.Kernels.Rank(desc, desc.Output, 2);
        HostChecks.Kernels.SameShape(desc, 0);
        return LaneWidth.Bits switch
        {
            512 => new RowSoftmax<Lane512>(desc),
            256 => new RowSoftmax<Lane256>(desc),
            _ => new RowSoftmax<Lane128>(desc),
        };
    }
}
