using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>What a reduction makes of the combined value in the end.</summary>
internal static class ReduceResult
{
    public static float Finish(ReduceOp op, double combined, long count) => (float)(op switch
    {
        ReduceOp.Mean => combined / count,
        ReduceOp.L2 => Math.Sqrt(combined),
        ReduceOp.LogSum => Math.Log(combined),
        _ => combined,
    });
}
