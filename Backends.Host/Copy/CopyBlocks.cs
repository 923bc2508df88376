using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FlashMem.Backends.Host.Copy;

/// <summary>The inner loops of copies; strides count elements.</summary>
internal static unsafe class CopyBlocks
{
    /// <summary>A run of elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* source, long sourceStride, float* target, long targetStride, int count)
    {
        if (sourceStride == 1 && targetStride == 1)
        {
            new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            *target = *source;
            source += sourceStride;
            target += targetStride;
        }
    }

    /// <summary>Columns that are dense in the source to rows that are dense in the target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, long columnStride, float* target, long rowStride, int rows, int columns)
    {
        int wholeRows = Sse.IsSupported ? rows & ~3 : 0;
        int wholeColumns = Sse.IsSupported ? columns & ~3 : 0;
        for (int column = 0; column < wholeColumns; column += 4)
        {
            for (int row = 0; row < wholeRows; row += 4)
            {
                TransposeSquare(source + row + (column * columnStride), columnStride, target + (row * rowStride) + column, rowStride);
            }
        }

        for (int row = 0; row < rows; row++)
        {
            float* to = target + (row * rowStride);
            for (int column = row < wholeRows ? wholeColumns : 0; column < columns; column++)
            {
                to[column] = source[row + (column * columnStride)];
            }
        }
    }

    // Four by four elements, in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare(float* source, long columnStride, float* target, long rowStride)
    {
        Vector128<float> a = Vector128.Load(source);
        Vector128<float> b = Vector128.Load(source + columnStride);
        Vector128<float> c = Vector128.Load(source + (2 * columnStride));
        Vector128<float> d = Vector128.Load(source + (3 * columnStride));
        Vector128<float> lowAb = Sse.UnpackLow(a, b);
        Vector128<float> highAb = Sse.UnpackHigh(a, b);
        Vector128<float> lowCd = Sse.UnpackLow(c, d);
        Vector128<float> highCd = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(lowAb, lowCd).Store(target);
        Sse.MoveHighToLow(lowCd, lowAb).Store(target + rowStride);
        Sse.MoveLowToHigh(highAb, highCd).Store(target + (2 * rowStride));
        Sse.MoveHighToLow(highCd, highAb).Store(target + (3 * rowStride));
    }
}
