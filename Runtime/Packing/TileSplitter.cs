namespace FlashMem.Runtime.Packing;

/// <summary>
/// Cuts a strip into tiles. It halves along the axis that reaches farther in the source until the range is small and mostly used, so
/// that any order of strides ends in large sequential reads: rows of a row-major matrix, columns of a transposed one.
/// </summary>
internal sealed class TileSplitter
{
    /// <summary>Largest range of one tile: two or three of them fit a core's share of the caches.</summary>
    public const int LargestRangeBytes = 1 << 20;

    /// <summary>A range this short is read whole even when most of it is not wanted: the call costs more than the bytes.</summary>
    private const int SmallRangeBytes = 16 << 10;

    private readonly StripShape shape;
    private readonly int elementBytes;
    private readonly List<Tile> tiles = [];

    private TileSplitter(StripShape shape, int elementBytes)
    {
        this.shape = shape;
        this.elementBytes = elementBytes;
    }

    /// <summary>Tiles that cover all real elements of the strip, in the order of their source ranges as far as that can be.</summary>
    public static List<Tile> Split(StripShape shape, int elementBytes)
    {
        var splitter = new TileSplitter(shape, elementBytes);
        splitter.Split(0, shape.RowOffsets.Length, 0, shape.ColumnOffsets.Length);
        splitter.tiles.Sort((left, right) => left.SourceStart.CompareTo(right.SourceStart));
        return splitter.tiles;
    }

    private void Split(int firstRow, int rows, int firstColumn, int columns)
    {
        (long lowRow, long highRow, _) = Bounds(shape.RowOffsets.AsSpan(firstRow, rows));
        (long lowColumn, long highColumn, int real) = Bounds(shape.ColumnOffsets.AsSpan(firstColumn, columns));
        if (rows == 0 || real == 0)
        {
            return;
        }

        long reach = highRow - lowRow + highColumn - lowColumn + 1;
        long wanted = (long)rows * real;
        bool fits = reach <= LargestRangeBytes / elementBytes;
        if ((fits && (wanted >= reach / 2 || reach <= SmallRangeBytes / elementBytes)) || (rows == 1 && columns == 1))
        {
            tiles.Add(new Tile(firstRow, rows, firstColumn, columns, lowRow + lowColumn, (int)reach));
        }
        else if (columns == 1 || (rows > 1 && highRow - lowRow >= highColumn - lowColumn))
        {
            int half = rows / 2;
            Split(firstRow, half, firstColumn, columns);
            Split(firstRow + half, rows - half, firstColumn, columns);
        }
        else
        {
            int half = HalfOf(columns);
            Split(firstRow, rows, firstColumn, half);
            Split(firstRow, rows, firstColumn + half, columns - half);
        }
    }

    /// <summary>Half of the columns, in whole runs where there are several.</summary>
    private int HalfOf(int columns)
    {
        int runs = columns / shape.RunWidth;
        return runs > 1 ? runs / 2 * shape.RunWidth : columns / 2;
    }

    private static (long Low, long High, int Real) Bounds(ReadOnlySpan<long> offsets)
    {
        long low = long.MaxValue;
        long high = long.MinValue;
        int real = 0;
        foreach (long offset in offsets)
        {
            if (offset != StripShape.Padding)
            {
                low = Math.Min(low, offset);
                high = Math.Max(high, offset);
                real++;
            }
        }

        return (low, high, real);
    }
}
