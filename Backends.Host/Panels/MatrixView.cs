using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Panels;

/// <summary>A tensor view seen as a batch of matrices: its axes dealt out to batch, row and column. Immutable.</summary>
internal sealed class MatrixView
{
    private MatrixView(long offset, AxisWalk batch, AxisWalk rows, AxisWalk columns)
    {
        Offset = offset;
        Batch = batch;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Elements before position zero of every axis.</summary>
    public long Offset { get; }

    public AxisWalk Batch { get; }

    public AxisWalk Rows { get; }

    public AxisWalk Columns { get; }

    /// <summary>Axes [batch, row, column].</summary>
    public static MatrixView OfMatrices(TensorView view) => Of(view, 1, 1);

    /// <summary>Axes [batch, head, row, column]; batch and head are one batch.</summary>
    public static MatrixView OfHeads(TensorView view) => Of(view, 2, 1);

    /// <summary>Axes [N, C, H, W]: pixels are rows, channels are columns, and there is one batch.</summary>
    public static MatrixView OfPixels(TensorView view) => Of(view.Transpose([0, 2, 3, 1]), 0, 3);

    private static MatrixView Of(TensorView view, int batchAxes, int rowAxes) => new(
        view.Offset,
        Walk(view, 0, batchAxes),
        Walk(view, batchAxes, rowAxes),
        Walk(view, batchAxes + rowAxes, view.Rank - batchAxes - rowAxes));

    private static AxisWalk Walk(TensorView view, int start, int count) =>
        new(count == 0 ? ImmutableArray<ViewFactor>.Empty : view.Factors(start, count));
}
