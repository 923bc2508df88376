using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>
/// Compiles reductions of the inner axis: side by side where neighbouring results read neighbouring elements, else one by one.
/// </summary>
internal static class HostReduce
{
    public static IHostKernel Compile(ReduceKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1);
        HostChecks.Kernels.Rank(desc, desc.Output, 1);
        HostChecks.Kernels.Rank(desc, desc.Inputs[0], 2);
        HostChecks.Kernels.Require(
            desc.Inputs[0].Shape[0] == desc.Output.Shape[0],
            desc,
            $"reduces {desc.Inputs[0].Shape} into {desc.Output.Shape}");
        return LaneWidth.Bits switch
        {
            512 => Compile<Lane512>(desc),
            256 => Compile<Lane256>(desc),
            _ => Compile<Lane128>(desc),
        };
    }

    private static IHostKernel Compile<T>(ReduceKernel desc)
        where T : struct, ILane<T>
    {
        if (desc.Op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum)
        {
            return new ReduceKernelByResult(desc, new PositionReduction(desc));
        }

        return desc.Inputs[0].Type == ElementType.Int32
            ? new ReduceKernelByResult(desc, new IntReduction(desc))
            : desc.Op switch
            {
                ReduceOp.Sum or ReduceOp.Mean or ReduceOp.LogSum => Compile<T, ReduceOps.Sum>(desc),
                ReduceOp.L1 => Compile<T, ReduceOps.AbsoluteSum>(desc),
                ReduceOp.L2 or ReduceOp.SumSquare => Compile<T, ReduceOps.SquareSum>(desc),
                ReduceOp.Maximum => Compile<T, ReduceOps.Maximum>(desc),
                ReduceOp.Minimum => Compile<T, ReduceOps.Minimum>(desc),
                ReduceOp.Product => Compile<T, ReduceOps.Product>(desc),
                _ => new ReduceKernelByResult(desc, new LogSumExpReduction<T>()),
            };
    }

    private static IHostKernel Compile<T, TOp>(ReduceKernel desc)
        where T : struct, ILane<T>
        where TOp : struct, IReduceOp => ColumnReduce<TOp, T>.Accepts(desc)
            ? new ColumnReduce<TOp, T>(desc)
            : new ReduceKernelByResult(desc, new LaneReduction<TOp, T>(desc));
}
