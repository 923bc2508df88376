using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>Reductions of integers: sums exact in 64 bits and wrapped to 32, roots and logarithms truncated.</summary>
internal static class IntegerReduction
{
    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, RowArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<long> shared = SharedMemory.Allocate<long>(GroupReduce.MostThreads);
        ArrayView<float> exponentials = SharedMemory.Allocate<float>(GroupReduce.MostThreads);
        var op = (ReduceOp)operands.Table[arguments.Header + KernelTable.FamilySlot + ReduceFamily.Op];
        for (int row = Grid.IdxX; row < arguments.Rows; row += Grid.DimX)
        {
            long result;
            if (op == ReduceOp.Maximum || op == ReduceOp.Minimum)
            {
                long sign = op == ReduceOp.Maximum ? 1 : -1;
                result = sign * Largest(operands, arguments, row, sign, shared);
            }
            else if (op == ReduceOp.LogSumExp)
            {
                long largest = Largest(operands, arguments, row, 1, shared);
                float sum = 0f;
                for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
                {
                    sum += DeviceMath.Exp((float)(Value(operands, arguments, row, i) - largest));
                }

                result = (long)(largest + DeviceMath.Log(GroupReduce.All<float, SumFloats>(exponentials, sum)));
            }
            else if (op == ReduceOp.Product)
            {
                long product = 1;
                for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
                {
                    product *= Value(operands, arguments, row, i);
                }

                result = GroupReduce.All<long, MultiplyIntegers>(shared, product);
            }
            else
            {
                long sum = 0;
                for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
                {
                    long value = Value(operands, arguments, row, i);
                    sum += op == ReduceOp.L1 ? (value < 0 ? -value : value)
                        : op == ReduceOp.L2 || op == ReduceOp.SumSquare ? value * value
                        : value;
                }

                sum = GroupReduce.All<long, SumIntegers>(shared, sum);
                result = op == ReduceOp.Mean ? (arguments.Inner == 0 ? 0 : sum / arguments.Inner)
                    : op == ReduceOp.L2 ? (long)Math.Sqrt((double)sum)
                    : op == ReduceOp.LogSum ? (long)DeviceMath.Log((float)sum)
                    : sum;
            }

            if (Group.IdxX == 0)
            {
                Result.Store<TEpilogue>(operands, arguments.Header, row, (uint)(int)result);
            }
        }
    }

    private static long Largest(KernelOperands operands, RowArguments arguments, int row, long sign, ArrayView<long> shared)
    {
        long largest = long.MinValue;
        for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
        {
            long value = sign * Value(operands, arguments, row, i);
            largest = value > largest ? value : largest;
        }

        return GroupReduce.All<long, LargestInteger>(shared, largest);
    }

    private static long Value(KernelOperands operands, RowArguments arguments, int row, int position) =>
        (int)Walk.Load(operands, arguments.Header, 0, (row * arguments.Inner) + position);
}
