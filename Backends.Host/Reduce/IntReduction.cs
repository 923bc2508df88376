using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reductions of Int32 elements: sums exact in 64 bits and wrapped to 32, roots and logarithms truncated.</summary>
internal sealed unsafe class IntReduction(ReduceKernel desc) : IResultReduction
{
    private readonly ReduceOp op = desc.Op;

    public float Reduce(NestCursor elements, nint start, float* tile)
    {
        long count = elements.Nest.Count;
        long result = op switch
        {
            ReduceOp.LogSumExp => (long)LogSumExp(elements, start, count),
            ReduceOp.L2 => (long)Math.Sqrt(Combine(elements, start, count)),
            ReduceOp.LogSum => (long)Math.Log(Combine(elements, start, count)),
            ReduceOp.Mean => count == 0 ? 0 : Combine(elements, start, count) / count,
            _ => Combine(elements, start, count),
        };
        return BitConverter.Int32BitsToSingle(unchecked((int)result));
    }

    private long Combine(NestCursor elements, nint start, long count)
    {
        long result = op switch
        {
            ReduceOp.Product => 1,
            ReduceOp.Maximum => int.MinValue,
            ReduceOp.Minimum => int.MaxValue,
            _ => 0,
        };
        for (long i = 0; i < count; i++)
        {
            long value = *(int*)elements.At(0, start);
            result = op switch
            {
                ReduceOp.Product => unchecked(result * value),
                ReduceOp.Maximum => Math.Max(result, value),
                ReduceOp.Minimum => Math.Min(result, value),
                ReduceOp.L1 => result + Math.Abs(value),
                ReduceOp.L2 or ReduceOp.SumSquare => unchecked(result + (value * value)),
                _ => result + value,
            };
            elements.Advance(1);
        }

        return result;
    }

    private static double LogSumExp(NestCursor elements, nint start, long count)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += Math.Exp(*(int*)elements.At(0, start));
            elements.Advance(1);
        }

        return Math.Log(sum);
    }
}
