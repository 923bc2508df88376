using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Images;

/// <summary>Which pixels of the input a window of an output pixel covers: words of a table and how kernels read them.</summary>
internal static class Windows
{
    public const int InputHeight = 0;
    public const int InputWidth = 1;
    public const int OutputHeight = 2;
    public const int OutputWidth = 3;
    public const int KernelHeight = 4;
    public const int KernelWidth = 5;
    public const int StrideHeight = 6;
    public const int StrideWidth = 7;
    public const int DilationHeight = 8;
    public const int DilationWidth = 9;
    public const int Top = 10;
    public const int Left = 11;
    public const int SpreadHeight = 12;
    public const int SpreadWidth = 13;

    public static IEnumerable<uint> Words(
        Shape input, Shape output, Extent2D kernel, Extent2D strides, Extent2D dilations, Padding2D pads, Extent2D spread)
    {
        int[] numbers =
        [
            (int)input[2], (int)input[3], (int)output[2], (int)output[3], kernel.Height, kernel.Width, strides.Height, strides.Width,
            dilations.Height, dilations.Width, pads.Top, pads.Left, spread.Height, spread.Width,
        ];
        return numbers.Select(number => unchecked((uint)number));
    }

    public static int Get(ArrayView<uint> table, int windows, int which) => (int)table[windows + which];

    /// <summary>Image and channel of an output position, as one number.</summary>
    public static int Plane(ArrayView<uint> table, int windows, int position) =>
        position / (Get(table, windows, OutputHeight) * Get(table, windows, OutputWidth));

    /// <summary>Input row under a row of the window; -1 when it is padding or an inserted zero.</summary>
    public static int Row(ArrayView<uint> table, int windows, int position, int row)
    {
        int y = position / Get(table, windows, OutputWidth) % Get(table, windows, OutputHeight);
        return RowAt(table, windows, y, row);
    }

    /// <summary>The same for an output row.</summary>
    public static int RowAt(ArrayView<uint> table, int windows, int y, int row) => Undilate(
        (y * Get(table, windows, StrideHeight)) + (row * Get(table, windows, DilationHeight)) - Get(table, windows, Top),
        Get(table, windows, SpreadHeight),
        Get(table, windows, InputHeight));

    /// <summary>Input column under a column of the window; -1 when it is padding or an inserted zero.</summary>
    public static int Column(ArrayView<uint> table, int windows, int position, int column) =>
        ColumnAt(table, windows, position % Get(table, windows, OutputWidth), column);

    /// <summary>The same for an output column.</summary>
    public static int ColumnAt(ArrayView<uint> table, int windows, int x, int column) => Undilate(
        (x * Get(table, windows, StrideWidth)) + (column * Get(table, windows, DilationWidth)) - Get(table, windows, Left),
        Get(table, windows, SpreadWidth),
        Get(table, windows, InputWidth));

    /// <summary>Logical position of an input pixel.</summary>
    public static int Pixel(ArrayView<uint> table, int windows, int plane, int y, int x) =>
        (((plane * Get(table, windows, InputHeight)) + y) * Get(table, windows, InputWidth)) + x;

    private static int Undilate(int position, int spread, int extent)
    {
        int quotient = spread == 1 ? position : position / spread;
        bool there = position >= 0 && quotient < extent && quotient * spread == position;
        return there ? quotient : -1;
    }
}
