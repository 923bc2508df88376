using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Reduction of rows to one element each.</summary>
internal static class ReducePattern
{
    public static KernelPattern Create(PatternTarget target, ReduceKernel kernel, long carriedBytes) =>
        new RowPattern(target, kernel, carriedBytes, new RowShape
        {
            Folds = kernel.Op == ReduceOp.LogSumExp ? 2 : 1,
            Operations = kernel.Op is ReduceOp.L2 or ReduceOp.SumSquare or ReduceOp.ArgMaximum or ReduceOp.ArgMinimum ? 2 : 1,
            Special = kernel.Op == ReduceOp.LogSumExp ? 1 : 0,
            WritesRows = false,
        });
}
