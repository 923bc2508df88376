using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// The blocked product behind MatMul and Conv. A task is a block of rows times a block of panels; for every depth block it packs its
/// rows once, then takes panel after panel and multiplies it with all rows while it is in cache. Sums are kept in a scratch tile until
/// the depth is done; then <see cref="TileOutput"/> stores whole row runs. Not thread-safe; its parts are shared by the workers.
/// </summary>
internal sealed unsafe class PanelProduct
{
    private readonly long rows;
    private readonly long depth;
    private readonly int columns;
    private readonly int panelsPerMatrix;
    private readonly bool matricesAreColumns;
    private readonly LeftOperand left;
    private readonly TileOutput output;
    private (PanelRange Panels, int Workers, Partition Partition) lastPartition;

    /// <param name="rows">Rows of each matrix.</param>
    /// <param name="depth">Reduction length.</param>
    /// <param name="columns">Columns of each matrix.</param>
    /// <param name="matricesAreColumns">
    /// True when the matrices' results lie side by side in the output's columns (convolution groups), false when they are its batch.
    /// </param>
    /// <param name="left">Left-hand matrices.</param>
    /// <param name="output">Where results go.</param>
    public PanelProduct(long rows, long depth, int columns, bool matricesAreColumns, LeftOperand left, TileOutput output)
    {
        this.rows = rows;
        this.depth = depth;
        this.columns = columns;
        this.matricesAreColumns = matricesAreColumns;
        this.left = left;
        this.output = output;
        panelsPerMatrix = (columns + TileShape.PanelWidth - 1) / TileShape.PanelWidth;
    }

    /// <summary>Panels of each matrix.</summary>
    public int PanelsPerMatrix => panelsPerMatrix;

    /// <summary>Computes the results of a range of panels, counted over all matrices.</summary>
    public void Run(WorkerPool workers, PanelRange panels, float* source, RightOperand right, OutputBinding binding)
    {
        if (rows == 0 || panels.Count == 0)
        {
            return;
        }

        Partition partition = PartitionFor(panels, workers.Count, right);
        int rowBlocks = checked((int)((rows + partition.Rows - 1) / partition.Rows));
        PanelRange[] blocks = PanelBlocks(panels, partition.Panels);

        // Tasks that share panels follow each other, so that a chunk is still in the shared cache when the next block of rows wants it.
        workers.Run(checked(rowBlocks * blocks.Length), (task, scratch) =>
        {
            (int block, int rowBlock) = Math.DivRem(task, rowBlocks);
            long row = (long)rowBlock * partition.Rows;
            int count = (int)Math.Min(partition.Rows, rows - row);
            RunTask(source, right, binding, row, count, blocks[block], scratch);
        });
    }

    private Partition PartitionFor(PanelRange panels, int workers, RightOperand right)
    {
        if (lastPartition.Panels != panels || lastPartition.Workers != workers)
        {
            int matrices = ((panels.End - 1) / panelsPerMatrix) - (panels.Start / panelsPerMatrix) + 1;
            int perMatrix = Math.Min(panels.Count, panelsPerMatrix);
            var partition = Partition.Choose(rows, depth, perMatrix, matrices, workers, left.PackCost, right.BlockCost);
            lastPartition = (panels, workers, partition);
        }

        return lastPartition.Partition;
    }

    // Blocks of at most `size` panels, none across two matrices.
    private PanelRange[] PanelBlocks(PanelRange panels, int size)
    {
        var blocks = new List<PanelRange>();
        for (int panel = panels.Start; panel < panels.End;)
        {
            int matrixEnd = ((panel / panelsPerMatrix) + 1) * panelsPerMatrix;
            int count = Math.Min(size, Math.Min(matrixEnd, panels.End) - panel);
            blocks.Add(new PanelRange(panel, count));
            panel += count;
        }

        return [.. blocks];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunTask(
        float* source, RightOperand right, OutputBinding binding, long row, int count, PanelRange panels, byte* scratch)
    {
        ProductScratch parts = new(scratch);
        int matrix = panels.Start / panelsPerMatrix;
        int firstColumn = (panels.Start - (matrix * panelsPerMatrix)) * TileShape.PanelWidth;
        int stride = panels.Count * TileShape.PanelWidth;
        left.Locate(matrix, row, count, parts.LeftTable);
        if (depth == 0)
        {
            new Span<float>(parts.Tile, count * stride).Clear();
        }

        for (long start = 0; start < depth; start += TileShape.DepthBlock)
        {
            int steps = (int)Math.Min(TileShape.DepthBlock, depth - start);
            left.Pack(source, matrix, parts.LeftTable, count, start, steps, parts.Left);
            for (int p = 0; p < panels.Count; p++)
            {
                int width = Math.Min(TileShape.PanelWidth, columns - firstColumn - (p * TileShape.PanelWidth));
                float* block = right.Block(panels.Start + p, start, steps, parts.Right, parts.RightTable);
                TileProduct.Multiply<PackedRows>(
                    parts.Left, 1, count, block, steps, width, parts.Tile + (p * TileShape.PanelWidth), stride, start > 0);
            }
        }

        long column = (matricesAreColumns ? (long)matrix * columns : 0) + firstColumn;
        int stored = Math.Min(stride, columns - firstColumn);
        output.Store(
            binding, matricesAreColumns ? 0 : matrix, row, count, column, stored, parts.Tile, stride, parts.Output);
    }
}
