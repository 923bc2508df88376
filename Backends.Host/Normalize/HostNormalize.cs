using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Normalize;

/// <summary>
/// Compiles normalisation. Groups of channels that lie between each other, as group normalisation of channels-last images has them, are
/// worked on side by side; everything else row by row.
/// </summary>
internal static class HostNormalize
{
    public static IHostKernel Compile(NormalizeKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1 + (desc.HasScale ? 1 : 0) + (desc.HasBias ? 1 : 0));
        HostChecks.Kernels.Rank(desc, desc.Output, 2);
        for (int i = 0; i < desc.EpilogueStart; i++)
        {
            HostChecks.Kernels.SameShape(desc, i);
        }

        return LaneWidth.Bits switch
        {
            512 => Compile<Lane512>(desc),
            256 => Compile<Lane256>(desc),
            _ => Compile<Lane128>(desc),
        };
    }

    private static IHostKernel Compile<T>(NormalizeKernel desc)
        where T : struct, ILane<T>
    {
        var walk = new RowWalk(desc, innerAxis: 1);
        return GroupNormalize<T>.Accepts(walk) ? new GroupNormalize<T>(desc, walk) : new RowNormalize<T>(desc, walk);
    }
}
