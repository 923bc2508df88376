using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Spatial sizes of a windowed kernel: where the window of an output pixel lies in the input.</summary>
internal sealed record Windows
{
    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int OutHeight { get; init; }

    public required int OutWidth { get; init; }

    public required Extent2D Strides { get; init; }

    public required Extent2D Dilations { get; init; }

    public required Padding2D Pads { get; init; }

    public required Extent2D InputDilation { get; init; }

    public long PixelsPerImage => (long)OutHeight * OutWidth;

    /// <summary>
    /// Pixel of an index. Indices walk strips of two rows, so that the work-items of a wave lie in blocks as the cache's tiles do.
    /// </summary>
    public (long Image, int Y, int X) Pixel(long index)
    {
        (long image, long rest) = Math.DivRem(index, PixelsPerImage);
        (long strip, long inside) = Math.DivRem(rest, 2L * OutWidth);
        int rows = (int)Math.Min(2, OutHeight - (2 * strip));
        return (image, (int)((2 * strip) + (inside % rows)), (int)(inside / rows));
    }

    /// <summary>
    /// Input pixel of a tap, clamped to the image as a sampler does. In a transposed convolution taps count only those that meet an input
    /// element.
    /// </summary>
    public (int Y, int X) Input(int y, int x, int tapY, int tapX)
    {
        int inY = ((y * Strides.Height) + (tapY * InputDilation.Height * Dilations.Height) - Pads.Top) / InputDilation.Height;
        int inX = ((x * Strides.Width) + (tapX * InputDilation.Width * Dilations.Width) - Pads.Left) / InputDilation.Width;
        return (Math.Clamp(inY, 0, Height - 1), Math.Clamp(inX, 0, Width - 1));
    }

    public static Windows Of(ConvKernel conv) => new()
    {
        Height = (int)conv.Inputs[0].Shape[2],
        Width = (int)conv.Inputs[0].Shape[3],
        OutHeight = (int)conv.Output.Shape[2],
        OutWidth = (int)conv.Output.Shape[3],
        Strides = conv.Strides,
        Dilations = conv.Dilations,
        Pads = conv.Pads,
        InputDilation = conv.InputDilation,
    };
}

/// <summary>An activation image by pixels and slices of four channels: texel x is slice * width + pixel x, rows are pixel rows.</summary>
internal readonly struct PixelImage
{
    private readonly TextureImage image;
    private readonly long height;
    private readonly long width;

    /// <param name="target">The device.</param>
    /// <param name="slot">Operand slot.</param>
    /// <param name="shape">Axes [N, C, H, W].</param>
    public PixelImage(PatternTarget target, int slot, Shape shape)
    {
        (height, width) = (shape[2], shape[3]);
        Slices = (int)((shape[1] + 3) / 4);
        image = new TextureImage(target.Tiles, slot, width * Slices * HalfElements.TexelBytes);
    }

    public int Slices { get; }

    public ulong Tile(long number, int y, int x, long slice) =>
        image.Tile(((slice * width) + x) * HalfElements.TexelBytes, (number * height) + y);
}

/// <summary>
/// The windows of a convolution as a product's left side, never stored: a row is an output pixel, the reduction goes by tap and channel of
/// the group. A quad that straddles taps or slices takes a texel of each.
/// </summary>
internal sealed class WindowSide : ProductSide
{
    private readonly PixelImage image;
    private readonly Windows windows;
    private readonly int channels;
    private readonly int groupChannels;
    private readonly int kernelWidth;
    private readonly int depth;

    public WindowSide(PatternTarget target, ConvKernel conv)
    {
        Shape x = conv.Inputs[0].Shape;
        windows = Windows.Of(conv);
        image = new PixelImage(target, 0, x);
        channels = (int)x[1];
        groupChannels = Math.Max(1, channels / conv.Groups);
        kernelWidth = Math.Max(1, conv.Kernel.Width / conv.InputDilation.Width);
        depth = groupChannels * kernelWidth * Math.Max(1, conv.Kernel.Height / conv.InputDilation.Height);
        TexelsPerQuad = groupChannels % 4 == 0 ? 1 : groupChannels >= 3 ? 2 : 4 / groupChannels;
    }

    public override int TexelsPerQuad { get; }

    /// <summary>Steps of the reduction.</summary>
    public int Depth => depth;

    public override ulong Tile(long matrix, long index, int quad, int texel)
    {
        // The quad's first and last steps, and what lies between, are its texels.
        int step = Math.Min((4 * quad) + (TexelsPerQuad == 1 ? 0 : texel * 3 / (TexelsPerQuad - 1)), depth - 1);
        (int tap, int channel) = Math.DivRem(step, groupChannels);
        (long number, int y, int x) = windows.Pixel(index);
        (int inY, int inX) = windows.Input(y, x, tap / kernelWidth, tap % kernelWidth);
        return image.Tile(number, inY, inX, ((matrix * groupChannels) + channel) / 4);
    }
}
