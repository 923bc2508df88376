using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Softmax;

/// <summary>Compiles softmax over rows.</summary>
internal static class HostSoftmax
{
    public static IHostKernel Compile(SoftmaxKernel desc)
    {
        KernelChecks.Check(desc, 1);
        KernelChecks.Rank(desc, desc.Output, 2);
        KernelChecks.SameShape(desc, 0);
        return LaneWidth.Bits switch
        {
            512 => new RowSoftmax<Lane512>(desc),
            256 => new RowSoftmax<Lane256>(desc),
            _ => new RowSoftmax<Lane128>(desc),
        };
    }
}
