using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Views;

/// <summary>Where the pixels of a view with axes [N, C, H, W] lie: offsets of channel 0, without the view's own offset.</summary>
internal sealed class ImageView
{
    private readonly AxisWalk images;
    private readonly AxisWalk rows;
    private readonly AxisWalk columns;

    public ImageView(TensorView view)
    {
        images = new AxisWalk(view.Axes[0]);
        rows = new AxisWalk(view.Axes[2]);
        columns = new AxisWalk(view.Axes[3]);
        Channels = view.Shape[1];
    }

    public long Images => images.Extent;

    public long Channels { get; }

    public long Rows => rows.Extent;

    public long Columns => columns.Extent;

    /// <summary>Offset of a pixel in elements.</summary>
    public long At(long image, long row, long column) => images.At(image) + rows.At(row) + columns.At(column);

    /// <summary>Offset of a row's first pixel in elements.</summary>
    public long At(long image, long row) => images.At(image) + rows.At(row);
}
