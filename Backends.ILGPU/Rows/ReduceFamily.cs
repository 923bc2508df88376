using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>Reductions of the inner axis: of floats, of integers, and to positions.</summary>
internal static class ReduceFamily
{
    internal const int Op = 0;
    internal const int IsInteger = 1;

    public static IlgpuKernel Compile(ReduceKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.Rank(desc, desc.Output, 1);
        KernelTable table = KernelTable.Of(desc);
        bool integer = desc.Inputs[0].Type == ElementType.Int32;
        bool fused = desc.Epilogue is not null;
        table.Set(Op, (int)desc.Op);
        table.Set(IsInteger, integer ? 1 : 0);
        return desc.Op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum
                ? RowKernel.Over(desc, table, build, fused ? PositionReduction.Run<FusedResult> : PositionReduction.Run<PlainResult>)
            : integer
                ? RowKernel.Over(desc, table, build, fused ? IntegerReduction.Run<FusedResult> : IntegerReduction.Run<PlainResult>)
                : RowKernel.Over(desc, table, build, fused ? Run<FusedResult> : Run<PlainResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, RowArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduce.MostThreads);
        var op = (ReduceOp)operands.Table[arguments.Header + KernelTable.FamilySlot + Op];
        for (int row = Grid.IdxX; row < arguments.Rows; row += Grid.DimX)
        {
            float result;
            if (op == ReduceOp.Maximum || op == ReduceOp.Minimum)
            {
                // The smallest is minus the largest of the negated ones.
                float sign = op == ReduceOp.Maximum ? 1f : -1f;
                result = sign * Largest(operands, arguments, row, sign, shared);
            }
            else if (op == ReduceOp.LogSumExp)
            {
                float largest = Largest(operands, arguments, row, 1f, shared);
                bool finite = DeviceMath.Absolute(largest) < DeviceMath.Infinity;
                float sum = Sum(operands, arguments, row, op, finite ? largest : 0f, shared);
                result = finite ? largest + DeviceMath.Log(sum) : largest;
            }
            else if (op == ReduceOp.Product)
            {
                float product = 1f;
                for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
                {
                    product *= Walk.LoadFloat(operands, arguments.Header, 0, (row * arguments.Inner) + i);
                }

                result = GroupReduce.All<float, MultiplyFloats>(shared, product);
            }
            else
            {
                result = Sum(operands, arguments, row, op, 0f, shared);
                result = op == ReduceOp.Mean ? result / arguments.Inner
                    : op == ReduceOp.L2 ? DeviceMath.Sqrt(result)
                    : op == ReduceOp.LogSum ? DeviceMath.Log(result)
                    : result;
            }

            if (Group.IdxX == 0)
            {
                Result.Store<TEpilogue>(operands, arguments.Header, row, result);
            }
        }
    }

    private static float Largest(KernelOperands operands, RowArguments arguments, int row, float sign, ArrayView<float> shared)
    {
        float largest = -DeviceMath.Infinity;
        for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
        {
            largest = FloatOps.Maximum(largest, sign * Walk.LoadFloat(operands, arguments.Header, 0, (row * arguments.Inner) + i));
        }

        return GroupReduce.All<float, LargestFloat>(shared, largest);
    }

    private static float Sum(KernelOperands operands, RowArguments arguments, int row, ReduceOp op, float shift, ArrayView<float> shared)
    {
        float sum = 0f;
        for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
        {
            float value = Walk.LoadFloat(operands, arguments.Header, 0, (row * arguments.Inner) + i);
            sum += op == ReduceOp.L1 ? DeviceMath.Absolute(value)
                : op == ReduceOp.L2 || op == ReduceOp.SumSquare ? value * value
                : op == ReduceOp.LogSumExp ? DeviceMath.Exp(value - shift)
                : value;
        }

        return GroupReduce.All<float, SumFloats>(shared, sum);
    }
}
