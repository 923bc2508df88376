using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>
/// Position of the first largest or smallest element. Value and position are one number: the value in the upper half, ordered as an integer
/// and turned around for the smallest; in the lower half the position counted from the end, so that the first of equals is the largest.
/// </summary>
internal static class PositionReduction
{
    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, RowArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<long> shared = SharedMemory.Allocate<long>(GroupReduce.MostThreads);
        int family = arguments.Header + KernelTable.FamilySlot;
        bool smallest = (ReduceOp)operands.Table[family + ReduceFamily.Op] == ReduceOp.ArgMinimum;
        bool integer = operands.Table[family + ReduceFamily.IsInteger] != 0;
        for (int row = Grid.IdxX; row < arguments.Rows; row += Grid.DimX)
        {
            long best = long.MinValue;
            for (int i = Group.IdxX; i < arguments.Inner; i += Group.DimX)
            {
                uint word = Walk.Load(operands, arguments.Header, 0, (row * arguments.Inner) + i);
                int value = integer ? (int)word : Ordered(word);
                value = smallest ? ~value : value;
                long candidate = ((long)value << 32) | (uint)(int.MaxValue - i);
                best = candidate > best ? candidate : best;
            }

            best = GroupReduce.All<long, LargestInteger>(shared, best);
            if (Group.IdxX == 0)
            {
                int position = arguments.Inner == 0 ? 0 : int.MaxValue - (int)(best & 0xFFFFFFFFL);
                Result.Store<TEpilogue>(operands, arguments.Header, row, (uint)position);
            }
        }
    }

    // A float as an integer of the same order; both zeros are equal.
    private static int Ordered(uint word)
    {
        int bits = word == 0x80000000u ? 0 : (int)word;
        return bits ^ ((bits >> 31) & 0x7FFFFFFF);
    }
}
