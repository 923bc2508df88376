using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// A matrix product as phones compute it: no local memory, both sides read from textures straight into registers, sums in half precision.
/// The main loop reads <see cref="ProductTiles.Unroll"/> quads of both sides, waits, multiplies. At the end the waves that share a result
/// add it up, fused operands are read, texels written.
/// </summary>
internal sealed class ProductPattern : KernelPattern
{
    private readonly ProductExtents extents;
    private readonly ProductSide left;
    private readonly ProductSide right;
    private readonly ProductTiles tiles;
    private readonly EpilogueOperands epilogue;
    private readonly int columnItems;
    private readonly long rowTiles;
    private readonly long columnTiles;
    private readonly int mainIterations;

    /// <param name="target">The device.</param>
    /// <param name="kernel">Its epilogue is used.</param>
    /// <param name="extents">Extents of the product.</param>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <param name="widestWave">Most columns of a wave's tile.</param>
    /// <param name="carriedBytes">Bytes to move beside the work.</param>
    public ProductPattern(
        PatternTarget target, KernelDesc kernel, ProductExtents extents, ProductSide left, ProductSide right, int widestWave,
        long carriedBytes)
        : base(target)
    {
        this.extents = extents;
        this.left = left;
        this.right = right;
        tiles = ProductTiles.Choose(target, extents, widestWave);
        epilogue = new EpilogueOperands(target, kernel, extents.Matrices * extents.Columns);
        columnItems = target.WaveWidth / tiles.AcrossRows;
        rowTiles = (extents.Rows + tiles.WaveRows - 1) / tiles.WaveRows;
        columnTiles = (extents.Columns + tiles.WaveColumns(target) - 1) / tiles.WaveColumns(target);
        int perIteration = tiles.Split * tiles.Unroll;
        mainIterations = (extents.Quads + perIteration - 1) / perIteration;
        int joins = tiles.Split > 1 ? 2 : 0;
        Launch(
            extents.Matrices * rowTiles * columnTiles, tiles.Split, tiles.WavesPerCore(target, left.TexelsPerQuad), carriedBytes, 0,
            [
                new PatternLoop(mainIterations, tiles.Unroll * ReadsPerQuad, 2),
                new PatternLoop(1, 0, joins + epilogue.Count + EpilogueOperands.WorkSteps + tiles.ItemRows),
            ]);
    }

    public ProductTiles Tiles => tiles;

    private int ReadsPerQuad => (tiles.ItemRows * left.TexelsPerQuad) + tiles.ItemColumns;

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        Place at = Find(workgroup);
        if (loop == 0)
        {
            int quad = ((wave * mainIterations) + iteration) * tiles.Unroll;
            EmitMain(at, quad, step, instruction);
            return;
        }

        if (tiles.Split > 1 && step < 2)
        {
            // Parts go to local memory and are added by the first wave.
            if (step == 0)
            {
                instruction.Set(WaveOp.Barrier, 0, Target.WaveWidth);
            }
            else
            {
                int sums = (tiles.Split - 1) * tiles.ItemRows * tiles.ItemColumns;
                instruction.Set(WaveOp.Fp16, sums, wave == 0 ? at.Items : 0);
            }

            return;
        }

        step -= tiles.Split > 1 ? 2 : 0;
        int items = wave == 0 ? at.Items : 0;
        if (step < epilogue.Count)
        {
            epilogue.Read(step, at.Row, at.OutputColumn, tiles.WaveRows, tiles.WaveColumns(Target), items, instruction);
        }
        else if (step < epilogue.Count + EpilogueOperands.WorkSteps)
        {
            epilogue.Work(step - epilogue.Count, tiles.ItemRows * tiles.ItemColumns, items, instruction);
        }
        else
        {
            int itemRow = step - epilogue.Count - EpilogueOperands.WorkSteps;
            int writers = wave == 0 ? at.ActiveRows(itemRow, tiles) * at.ActiveColumns : 0;
            instruction.Set(WaveOp.TextureWrite, 2 * tiles.ItemColumns, writers);
        }
    }

    private void EmitMain(Place at, int firstQuad, int step, WaveInstruction instruction)
    {
        int reads = tiles.Unroll * ReadsPerQuad;
        if (step >= reads)
        {
            int quads = Math.Clamp(extents.Quads - firstQuad, 0, tiles.Unroll);
            if (step == reads)
            {
                // Coordinates of the next reads and the loop.
                instruction.Set(WaveOp.Fp32, (quads * ReadsPerQuad / 2) + 2, at.Items);
            }
            else
            {
                instruction.Set(WaveOp.Fp16, quads * 4 * tiles.ItemRows * tiles.ItemColumns, at.Items, 0);
            }

            return;
        }

        // All quads of a row follow each other, so that the texels of a tile are used while it is there.
        int texels = tiles.ItemRows * left.TexelsPerQuad;
        bool isLeft = step < tiles.Unroll * texels;
        int inside = isLeft ? step : step - (tiles.Unroll * texels);
        (int part, int unrolled) = Math.DivRem(inside, tiles.Unroll);
        int quad = firstQuad + unrolled;
        instruction.Set(WaveOp.TextureRead, HalfElements.TexelSlotBytes, quad < extents.Quads ? at.Items : 0);
        if (quad >= extents.Quads)
        {
            return;
        }

        if (isLeft)
        {
            (int itemRow, int texel) = Math.DivRem(part, left.TexelsPerQuad);
            for (int i = 0; i < tiles.AcrossRows; i++)
            {
                long row = Math.Min(at.Row + ((long)itemRow * tiles.AcrossRows) + i, extents.Rows - 1);
                instruction.AddLine(left.Tile(at.Matrix, row, quad, texel));
            }
        }
        else
        {
            for (int i = 0; i < columnItems; i++)
            {
                long column = Math.Min(at.Column + ((long)part * columnItems) + i, extents.Columns - 1);
                instruction.AddLine(right.Tile(at.Matrix, column, quad, 0));
            }
        }
    }

    // The side with fewer tiles runs fastest, so that what the tiles of the other side share stays in L2.
    private Place Find(long workgroup)
    {
        (long matrix, long tile) = Math.DivRem(workgroup, rowTiles * columnTiles);
        bool rowsFirst = rowTiles <= columnTiles;
        long rowTile = rowsFirst ? tile % rowTiles : tile / columnTiles;
        long columnTile = rowsFirst ? tile / rowTiles : tile % columnTiles;
        long row = rowTile * tiles.WaveRows;
        long column = columnTile * tiles.WaveColumns(Target);
        int rows = (int)Math.Min(tiles.AcrossRows, extents.Rows - row);
        int columns = (int)Math.Min(columnItems, extents.Columns - column);
        return new Place(matrix, row, column, (matrix * extents.Columns) + column, extents.Rows - row, rows, columns);
    }

    private readonly record struct Place(
        long Matrix, long Row, long Column, long OutputColumn, long RowsLeft, int RowItems, int ActiveColumns)
    {
        public int Items => RowItems * ActiveColumns;

        public int ActiveRows(int itemRow, ProductTiles tiles) =>
            (int)Math.Clamp(RowsLeft - ((long)itemRow * tiles.AcrossRows), 0, tiles.AcrossRows);
    }
}
