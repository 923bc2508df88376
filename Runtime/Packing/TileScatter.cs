namespace FlashMem.Runtime.Packing;

/// <summary>Moves the converted elements of a tile to their places in the strip's target.</summary>
internal static unsafe class TileScatter
{
    /// <summary>Rows moved per run before the next run: their source lines and target lines stay in the first-level cache.</summary>
    private const int RowBlock = 64;

    /// <param name="shape">The strip.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="source">The tile's range, converted: element 0 is source element <see cref="Tile.SourceStart"/>.</param>
    /// <param name="target">The strip's target.</param>
    public static void Run<T>(StripShape shape, Tile tile, T* source, T* target)
        where T : unmanaged
    {
        fixed (long* rowOffsets = shape.RowOffsets, columnOffsets = shape.ColumnOffsets)
        {
            int end = tile.FirstColumn + tile.Columns;
            for (int row = tile.FirstRow; row < tile.FirstRow + tile.Rows; row += RowBlock)
            {
                int rows = Math.Min(RowBlock, tile.FirstRow + tile.Rows - row);
                for (int column = tile.FirstColumn; column < end;)
                {
                    int run = column / shape.RunWidth;
                    int runStart = run * shape.RunWidth;
                    int runEnd = Math.Min(end, runStart + shape.RunWidth);
                    int count = Math.Min(runEnd, runStart + shape.ColumnsOf(run)) - column;
                    if (count > 0 && shape.Interleave > 1)
                    {
                        T* panel = target + shape.RunTargets[run] + ((column - runStart) * shape.Interleave);
                        Interleave(source - tile.SourceStart, rowOffsets, row, rows, columnOffsets + column, count, panel, shape);
                    }
                    else if (count > 0)
                    {
                        T* first = target + shape.RunTargets[run] + ((long)row * shape.RowStep) + (column - runStart);
                        Move(
                            source - tile.SourceStart, rowOffsets + row, rows, columnOffsets + column, count, first, shape.RowStep);
                    }

                    column = runEnd;
                }
            }
        }
    }

    private static void Move<T>(T* source, long* rowOffsets, int rows, long* columnOffsets, int columns, T* target, int rowStep)
        where T : unmanaged
    {
        if (AreNeighbours(columnOffsets, columns))
        {
            T* first = source + columnOffsets[0];
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<T>(first + rowOffsets[r], columns).CopyTo(new Span<T>(target + ((long)r * rowStep), columns));
            }

            return;
        }

        for (int r = 0; r < rows; r++)
        {
            T* from = source + rowOffsets[r];
            T* to = target + ((long)r * rowStep);
            for (int c = 0; c < columns; c++)
            {
                to[c] = from[columnOffsets[c]];
            }
        }
    }

    /// <param name="source">Source element 0.</param>
    /// <param name="rowOffsets">Of all rows.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columnOffsets">Of the columns to move.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="target">Where row 0 of the first column goes.</param>
    /// <param name="shape">The strip.</param>
    private static void Interleave<T>(
        T* source, long* rowOffsets, int row, int rows, long* columnOffsets, int columns, T* target, StripShape shape)
        where T : unmanaged
    {
        int interleave = shape.Interleave;
        for (int r = row; r < row + rows; r++)
        {
            T* from = source + rowOffsets[r];
            T* to = target + ((long)(r / interleave) * interleave * shape.RowStep) + (r % interleave);
            for (int c = 0; c < columns; c++)
            {
                to[c * interleave] = from[columnOffsets[c]];
            }
        }
    }

    private static bool AreNeighbours(long* offsets, int count)
    {
        for (int i = 1; i < count; i++)
        {
            if (offsets[i] != offsets[0] + i)
            {
                return false;
            }
        }

        return true;
    }
}
