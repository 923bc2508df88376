using System.Runtime.CompilerServices;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Conv;

/// <summary>
/// The left-hand matrices of a convolution as a product: a row is the window of one output pixel, gathered tap by tap (kernel row,
/// kernel column, input channel of the group); padding and zeros between spread-out elements are written as zeros.
/// </summary>
internal sealed unsafe class ConvLeft : LeftOperand
{
    // Windows with fewer adjacent floats per tap than this are gathered through a table instead of copied tap by tap.
    private const int ShortRun = 16;
    private const int LargestTable = 4096;

    private readonly ConvGeometry geometry;
    private readonly int groupChannels;
    private readonly int[]? windowOffsets;
    private readonly bool mergesTaps;

    public ConvLeft(ConvGeometry geometry, int groups)
    {
        this.geometry = geometry;
        groupChannels = (int)(geometry.Channels.Extent / groups);
        AxisWalk channels = geometry.Channels;
        bool plainChannels = channels.RunExtent == channels.Extent;
        bool plainPixels = geometry.InputDilation is { Height: 1, Width: 1 } && IsUniform(geometry.RowOffsets)
            && IsUniform(geometry.ColumnOffsets);
        bool adjacentChannels = plainChannels && (channels.RunStride == 1 || channels.Extent == 1);
        mergesTaps = adjacentChannels && plainPixels && groups == 1 && geometry.Dilations.Width == 1
            && Step(geometry.ColumnOffsets) == groupChannels;
        int depth = geometry.Kernel.Height * geometry.Kernel.Width * groupChannels;
        int run = !adjacentChannels ? 1 : mergesTaps ? geometry.Kernel.Width * groupChannels : groupChannels;
        if (run < ShortRun && plainChannels && plainPixels && depth <= LargestTable)
        {
            windowOffsets = WindowOffsets(depth);
        }
    }

    public override double PackCost => windowOffsets is null ? 5 : 20;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Locate(int matrix, long row, int rows, long* table)
    {
        Window window = geometry.At(row);
        for (int r = 0; r < rows; r++)
        {
            table[2 * r] = window.Offset;
            table[(2 * r) + 1] = ((long)window.Top << 32) | (uint)window.Left;
            geometry.Advance(ref window);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(float* source, int matrix, long* table, int rows, long depthStart, int depth, float* target)
    {
        int firstChannel = matrix * groupChannels;
        for (int r = 0; r < rows; r++)
        {
            float* image = source + table[2 * r];
            int top = (int)(table[(2 * r) + 1] >> 32);
            int left = (int)table[(2 * r) + 1];
            float* row = target + (r * TileShape.LeftStride);
            if (windowOffsets is not null && IsInside(top, left))
            {
                float* corner = image + geometry.RowOffsets[top] + geometry.ColumnOffsets[left] + geometry.Channels.At(firstChannel);
                GatherWindow(corner, (int)depthStart, depth, row);
            }
            else if (mergesTaps)
            {
                PackLines(image, top, left, (int)depthStart, depth, row);
            }
            else
            {
                PackTaps(image, top, left, firstChannel, (int)depthStart, depth, row);
            }
        }
    }

    private static bool IsUniform(long[] offsets)
    {
        for (int i = 2; i < offsets.Length; i++)
        {
            if (offsets[i] - offsets[i - 1] != offsets[1] - offsets[0])
            {
                return false;
            }
        }

        return true;
    }

    private static long Step(long[] offsets) => offsets.Length > 1 ? offsets[1] - offsets[0] : 0;

    // The whole window lies in the input.
    private bool IsInside(int top, int left) =>
        top >= 0 && left >= 0
        && top + ((geometry.Kernel.Height - 1) * geometry.Dilations.Height) < geometry.RowOffsets.Length
        && left + ((geometry.Kernel.Width - 1) * geometry.Dilations.Width) < geometry.ColumnOffsets.Length;

    private int[]? WindowOffsets(int depth)
    {
        var offsets = new int[depth];
        long rowStep = Step(geometry.RowOffsets) * geometry.Dilations.Height;
        long columnStep = Step(geometry.ColumnOffsets) * geometry.Dilations.Width;
        for (int i = 0; i < depth; i++)
        {
            (int tap, int channel) = Math.DivRem(i, groupChannels);
            (int y, int x) = Math.DivRem(tap, geometry.Kernel.Width);
            long offset = (y * rowStep) + (x * columnStep) + (channel * geometry.Channels.RunStride);
            if (offset != (int)offset)
            {
                return null;
            }

            offsets[i] = (int)offset;
        }

        return offsets;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherWindow(float* corner, int start, int count, float* target)
    {
        fixed (int* offsets = &windowOffsets![start])
        {
            int i = 0;
            for (; i <= count - 4; i += 4)
            {
                float a = corner[offsets[i]];
                float b = corner[offsets[i + 1]];
                float c = corner[offsets[i + 2]];
                float d = corner[offsets[i + 3]];
                target[i] = a;
                target[i + 1] = b;
                target[i + 2] = c;
                target[i + 3] = d;
            }

            for (; i < count; i++)
            {
                target[i] = corner[offsets[i]];
            }
        }
    }

    // Taps of one kernel row are adjacent in memory: at most one stretch of input between two of zeros per kernel row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackLines(float* image, int top, int left, int start, int count, float* target)
    {
        int lineLength = geometry.Kernel.Width * groupChannels;
        int insideStart = Math.Max(0, -left) * groupChannels;
        int insideEnd = Math.Min(geometry.Kernel.Width, geometry.ColumnOffsets.Length - left) * groupChannels;
        long corner = left * (long)groupChannels;
        (int y, int from) = Math.DivRem(start, lineLength);
        while (count > 0)
        {
            int length = Math.Min(count, lineLength - from);
            int row = geometry.InputRow(top + (y * geometry.Dilations.Height));
            int first = Math.Clamp(insideStart - from, 0, length);
            int last = row < 0 ? first : Math.Clamp(insideEnd - from, first, length);
            Zero(target, first);
            if (last > first)
            {
                StridedBlock.Copy(image + geometry.RowOffsets[row] + corner + from + first, target + first, last - first);
            }

            Zero(target + last, length - last);
            target += length;
            count -= length;
            from = 0;
            y++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackTaps(float* image, int top, int left, int firstChannel, int start, int count, float* target)
    {
        (int tap, int from) = Math.DivRem(start, groupChannels);
        (int y, int x) = Math.DivRem(tap, geometry.Kernel.Width);
        while (count > 0)
        {
            int length = Math.Min(count, groupChannels - from);
            int row = geometry.InputRow(top + (y * geometry.Dilations.Height));
            int column = geometry.InputColumn(left + (x * geometry.Dilations.Width));
            if (row < 0 || column < 0)
            {
                Zero(target, length);
            }
            else
            {
                CopyChannels(image + geometry.RowOffsets[row] + geometry.ColumnOffsets[column], firstChannel + from, length, target);
            }

            target += length;
            count -= length;
            from = 0;
            if (++x == geometry.Kernel.Width)
            {
                x = 0;
                y++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyChannels(float* pixel, int channel, int count, float* target)
    {
        while (count > 0)
        {
            int length = geometry.Channels.Run(channel, count, out long offset);
            long stride = geometry.Channels.RunStride;
            if (stride == 1)
            {
                StridedBlock.Copy(pixel + offset, target, length);
            }
            else
            {
                for (int c = 0; c < length; c++)
                {
                    target[c] = pixel[offset + (c * stride)];
                }
            }

            channel += length;
            target += length;
            count -= length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Zero(float* target, int count) => new Span<float>(target, count).Clear();
}
