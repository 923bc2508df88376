using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Copies strided two-dimensional regions into dense scratch blocks.</summary>
internal static unsafe class StridedBlock
{
    /// <summary>
    /// target[r, c] = source[rowOffsets[r] + offset of column (firstColumn + c)]. Fast where columns are adjacent in memory, and where
    /// rows are (a transposition).
    /// </summary>
    public static void Gather(
        float* source, long* rowOffsets, int rows, AxisWalk columns, long firstColumn, int count, float* target, nint targetStride)
    {
        while (count > 0)
        {
            int length = columns.Run(firstColumn, count, out long offset);
            GatherRun(source + offset, rowOffsets, rows, columns.RunStride, length, target, targetStride);
            firstColumn += length;
            target += length;
            count -= length;
        }
    }

    /// <summary>Copies adjacent floats; for the short lengths of tile rows, where a call to memmove costs more than the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* source, float* target, int count)
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            Vector512.Load(source + i).Store(target + i);
        }

        for (; i <= count - 4; i += 4)
        {
            Vector128.Load(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = source[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherRun(
        float* source, long* rowOffsets, int rows, long stride, int count, float* target, nint targetStride)
    {
        if (stride == 1)
        {
            for (int r = 0; r < rows; r++)
            {
                Copy(source + rowOffsets[r], target + (r * targetStride), count);
            }

            return;
        }

        int row = 0;
        for (; row <= rows - 4; row += 4)
        {
            long first = rowOffsets[row];
            if (rowOffsets[row + 1] == first + 1 && rowOffsets[row + 2] == first + 2 && rowOffsets[row + 3] == first + 3)
            {
                GatherFourAdjacentRows(source + first, stride, count, target + (row * targetStride), targetStride);
            }
            else
            {
                for (int r = row; r < row + 4; r++)
                {
                    GatherRow(source + rowOffsets[r], stride, count, target + (r * targetStride));
                }
            }
        }

        for (; row < rows; row++)
        {
            GatherRow(source + rowOffsets[row], stride, count, target + (row * targetStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherFourAdjacentRows(float* source, long stride, int count, float* target, nint targetStride)
    {
        int c = 0;
        for (; c <= count - 4; c += 4)
        {
            Vector128<float> a = Vector128.Load(source + (c * stride));
            Vector128<float> b = Vector128.Load(source + ((c + 1) * stride));
            Vector128<float> d = Vector128.Load(source + ((c + 2) * stride));
            Vector128<float> e = Vector128.Load(source + ((c + 3) * stride));
            Transpose(ref a, ref b, ref d, ref e);
            a.Store(target + c);
            b.Store(target + targetStride + c);
            d.Store(target + (2 * targetStride) + c);
            e.Store(target + (3 * targetStride) + c);
        }

        for (; c < count; c++)
        {
            float* column = source + (c * stride);
            target[c] = column[0];
            target[targetStride + c] = column[1];
            target[(2 * targetStride) + c] = column[2];
            target[(3 * targetStride) + c] = column[3];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector128<float> a, ref Vector128<float> b, ref Vector128<float> c, ref Vector128<float> d)
    {
        // Even and odd positions of (a, b) and (c, d) interleaved, then halves exchanged.
        Vector128<float> ab0 = Interleave(a, b, low: true);
        Vector128<float> ab1 = Interleave(a, b, low: false);
        Vector128<float> cd0 = Interleave(c, d, low: true);
        Vector128<float> cd1 = Interleave(c, d, low: false);
        a = Vector128.Create(ab0.GetLower(), cd0.GetLower());
        b = Vector128.Create(ab0.GetUpper(), cd0.GetUpper());
        c = Vector128.Create(ab1.GetLower(), cd1.GetLower());
        d = Vector128.Create(ab1.GetUpper(), cd1.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(Vector128<float> a, Vector128<float> b, bool low)
    {
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
        {
            return low ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(a, b) : System.Runtime.Intrinsics.X86.Sse.UnpackHigh(a, b);
        }

        return low
            ? Vector128.Create(a.GetElement(0), b.GetElement(0), a.GetElement(1), b.GetElement(1))
            : Vector128.Create(a.GetElement(2), b.GetElement(2), a.GetElement(3), b.GetElement(3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherRow(float* source, long stride, int count, float* target)
    {
        for (int c = 0; c < count; c++)
        {
            target[c] = *source;
            source += stride;
        }
    }
}
