using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Products with one thread per result: where barriers cost much, and for convolutions in groups, whose columns have different rows.</summary>
internal static class PlainProduct
{
    [KernelEntry(typeof(MatrixLeft), typeof(HalfPanels), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(HalfPanels), typeof(FusedResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(FloatPanels), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(FloatPanels), typeof(FusedResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(MatrixRight), typeof(PlainResult))]
    [KernelEntry(typeof(MatrixLeft), typeof(MatrixRight), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(HalfPanels), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(HalfPanels), typeof(FusedResult))]
    [KernelEntry(typeof(WindowLeft), typeof(FloatPanels), typeof(PlainResult))]
    [KernelEntry(typeof(WindowLeft), typeof(FloatPanels), typeof(FusedResult))]
    internal static void Run<TLeft, TRight, TEpilogue>(KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights)
        where TLeft : struct, ILeft
        where TRight : struct, IRight
        where TEpilogue : struct, IEpilogue
    {
        TLeft left = default;
        TRight right = default;
        int count = arguments.Batches * arguments.Rows * arguments.LaunchColumns;
        for (int i = Threads.First; i < count; i += Threads.Step)
        {
            int line = i / arguments.LaunchColumns;
            int column = i - (line * arguments.LaunchColumns);
            int batch = line / arguments.Rows;
            int row = line - (batch * arguments.Rows);
            int target = right.OutputColumn(arguments, column);
            if (target >= 0)
            {
                LeftRow from = left.Row(operands, arguments, batch, row, right.Group(arguments, column));
                float sum = 0f;
                for (int step = 0; step < arguments.Depth; step++)
                {
                    sum += left.Load(operands, arguments, from, step)
                        * right.Load(operands, arguments, weights, batch, step, column);
                }

                ProductOutput.Store<TEpilogue>(operands, arguments, batch, row, target, sum);
            }
        }
    }
}
