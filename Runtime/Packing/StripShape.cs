namespace FlashMem.Runtime.Packing;

/// <summary>
/// A part of a weight that is packed in one go, as a matrix: element (row, column) comes from source element RowOffsets[row] +
/// ColumnOffsets[column] and goes to target element RunTargets[column / RunWidth] + row * RowStep + column % RunWidth. A run is the
/// piece of a row that lies together in the target: a panel's width, or a whole row of a row weight. With an interleave of I, I rows lie
/// together column by column: the element goes to RunTargets[column / RunWidth] + row / I * I * RowStep + column % RunWidth * I + row % I.
/// </summary>
internal sealed class StripShape
{
    /// <summary>Stands in <see cref="ColumnOffsets"/> for the padding after the last column of a group.</summary>
    public const long Padding = long.MinValue;

    /// <summary>Source offset of every row, the view's own offset included.</summary>
    public required long[] RowOffsets { get; init; }

    public required long[] ColumnOffsets { get; init; }

    public required int RunWidth { get; init; }

    public required long[] RunTargets { get; init; }

    public required int RowStep { get; init; }

    /// <summary>Rows that lie together column by column; 1, the default, for rows one after the other.</summary>
    public int Interleave { get; init; } = 1;

    /// <summary>Real columns of a run, before its padding.</summary>
    public int ColumnsOf(int run)
    {
        int start = run * RunWidth;
        int end = Math.Min(ColumnOffsets.Length, start + RunWidth);
        while (end > start && ColumnOffsets[end - 1] == Padding)
        {
            end--;
        }

        return end - start;
    }
}
