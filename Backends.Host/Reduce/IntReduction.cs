using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reductions of Int32 elements, exact in 64 bits and wrapped to 32 as the model's integer arithmetic does.</summary>
internal sealed unsafe class IntReduction : IResultReduction
{
    private readonly ReduceOp op;

    public IntReduction(ReduceKernel desc)
    {
        op = desc.Op;
        if (op is ReduceOp.LogSum or ReduceOp.LogSumExp or ReduceOp.L2)
        {
            throw new DeviceException($"host: Reduce kernel '{desc.Name}': {op} of integers");
        }
    }

    public float Reduce(NestCursor elements, nint start, float* tile)
    {
        long result = op switch
        {
            ReduceOp.Product => 1,
            ReduceOp.Maximum => int.MinValue,
            ReduceOp.Minimum => int.MaxValue,
            _ => 0,
        };
        long count = elements.Nest.Count;
        for (long i = 0; i < count; i++)
        {
            long value = *(int*)elements.At(0, start);
            result = op switch
            {
                ReduceOp.Product => unchecked(result * value),
                ReduceOp.Maximum => Math.Max(result, value),
                ReduceOp.Minimum => Math.Min(result, value),
                ReduceOp.L1 => result + Math.Abs(value),
                ReduceOp.SumSquare => unchecked(result + (value * value)),
                _ => result + value,
            };
            elements.Advance(1);
        }

        return BitConverter.Int32BitsToSingle(unchecked((int)(op == ReduceOp.Mean && count > 0 ? result / count : result)));
    }
}
