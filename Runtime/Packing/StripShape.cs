namespace FlashMem.Runtime.Packing;

/// <summary>
/// A part of a weight that is packed in one go, as a matrix: element (row, column) comes from source element RowOffsets[row] +
/// ColumnOffsets[column] and goes to target element RunTargets[column / RunWidth] + row * RowStep + column % RunWidth. A run is the
/// piece of a row that lies together in the target: a panel's width, or a whole row of a row weight.
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
