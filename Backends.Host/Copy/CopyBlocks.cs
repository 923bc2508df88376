using System.Runtime.CompilerServices;

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
        for (int row = 0; row < rows; row++)
        {
            float* from = source + row;
            float* to = target + (row * rowStride);
            for (int column = 0; column < columns; column++)
            {
                to[column] = *from;
                from += columnStride;
            }
        }
    }
}
