using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Copy;

/// <summary>
/// Copies run by run in the output's order; where the input lies crosswise, both loops are walked in square blocks, so that every cache
/// line is used while it is there.
/// </summary>
internal sealed unsafe class StridedCopy : IHostKernel
{
    private const int Input = OperandAddresses.FirstInput;
    private const int BlockSide = 32;

    private readonly LoopNest nest;

    // The two crosswise loops; the nest then has what is left. Null for run by run.
    private readonly Crossing? crossing;

    public StridedCopy(CopyKernel desc)
    {
        Desc = desc;
        nest = LoopNest.InMemoryOrder(OperandAddresses.Views(desc));
        int row = nest.FindLoop(loop => loop.Strides[Input] == 1);
        if (nest.RunStride(OperandAddresses.Output) == 1 && nest.RunStride(Input) is not (0 or 1) && row >= 0)
        {
            crossing = new Crossing(nest.Loops[row].Extent, nest.Loops[row].Strides[0], nest.RunExtent, nest.RunStride(Input));
            nest = nest.WithoutRun().WithoutLoop(row);
        }
    }

    public KernelDesc Desc { get; }

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(Desc, command);
        if (crossing is { } block)
        {
            RunBlocks(addresses, block, workers);
        }
        else
        {
            RunRuns(addresses, workers);
        }
    }

    private void RunRuns(nint[] addresses, WorkerPool workers)
    {
        var split = new TaskSplit(nest.Count, 1, workers.Count);
        long outputStride = nest.RunStride(OperandAddresses.Output);
        long inputStride = nest.RunStride(Input);
        workers.Run(split.Tasks, (task, _) =>
        {
            var cursor = new NestCursor(nest, stackalloc long[NestCursor.StorageLongs(nest)]);
            cursor.Seek(split.Start(task));
            for (long left = split.End(task) - split.Start(task); left > 0;)
            {
                int count = (int)Math.Min(Math.Min(left, cursor.RunLeft), int.MaxValue);
                float* target = cursor.At(OperandAddresses.Output, addresses[OperandAddresses.Output]);
                float* source = cursor.At(Input, addresses[Input]);
                CopyBlocks.Row(source, inputStride, target, outputStride, count);
                cursor.Advance(count);
                left -= count;
            }
        });
    }

    private void RunBlocks(nint[] addresses, Crossing block, WorkerPool workers)
    {
        long stripes = (block.Rows + BlockSide - 1) / BlockSide;
        var split = new TaskSplit(nest.Count * stripes, BlockSide * block.Columns, workers.Count);
        workers.Run(split.Tasks, (task, _) =>
        {
            var cursor = new NestCursor(nest, stackalloc long[NestCursor.StorageLongs(nest)]);
            for (long unit = split.Start(task); unit < split.End(task); unit++)
            {
                cursor.Seek(unit / stripes);
                long row = unit % stripes * BlockSide;
                float* target = cursor.At(OperandAddresses.Output, addresses[OperandAddresses.Output]) + (row * block.OutputRowStride);
                float* source = cursor.At(Input, addresses[Input]) + row;
                int rows = (int)Math.Min(BlockSide, block.Rows - row);
                for (long column = 0; column < block.Columns; column += BlockSide)
                {
                    CopyBlocks.Transpose(
                        source + (column * block.InputColumnStride),
                        block.InputColumnStride,
                        target + column,
                        block.OutputRowStride,
                        rows,
                        (int)Math.Min(BlockSide, block.Columns - column));
                }
            }
        });
    }

    /// <summary>A matrix that the input holds column by column and the output row by row.</summary>
    private readonly record struct Crossing(long Rows, long OutputRowStride, long Columns, long InputColumnStride);
}
