using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Pool;

/// <summary>Compiles windowed reductions.</summary>
internal static class HostPool
{
    public static IHostKernel Compile(PoolKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1);
        HostChecks.Kernels.Rank(desc, desc.Output, 4);
        HostChecks.Kernels.Rank(desc, desc.Inputs[0], 4);
        HostChecks.Kernels.Require(desc.Output.Type == ElementType.Float32, desc, $"pools elements of type {desc.Output.Type}");
        HostChecks.Kernels.Require(
            desc.Inputs[0].Shape[0] == desc.Output.Shape[0] && desc.Inputs[0].Shape[1] == desc.Output.Shape[1],
            desc,
            $"pools {desc.Inputs[0].Shape} into {desc.Output.Shape}");
        return LaneWidth.Bits switch
        {
            512 => Compile<Lane512>(desc),
            256 => Compile<Lane256>(desc),
            _ => Compile<Lane128>(desc),
        };
    }

    private static IHostKernel Compile<T>(PoolKernel desc)
        where T : struct, ILane<T> => desc.Mode == PoolMode.Maximum
            ? new WindowPool<PoolOps.Maximum, T>(desc)
            : new WindowPool<PoolOps.Sum, T>(desc);
}
