using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Views;

/// <summary>Reads stretches of a view as dense floats.</summary>
internal static unsafe class TileLoad
{
    /// <summary>
    /// The next <paramref name="count"/> elements of a view, in place where they lie dense, else gathered into <paramref name="tile"/>.
    /// Moves the cursor past them.
    /// </summary>
    public static float* Load(ref NestCursor cursor, int view, nint start, int count, float* tile)
    {
        if (cursor.RunLeft >= count && cursor.Nest.RunStride(view) == 1)
        {
            float* dense = cursor.At(view, start);
            cursor.Advance(count);
            return dense;
        }

        long stride = cursor.Nest.RunStride(view);
        for (int done = 0; done < count;)
        {
            int length = (int)Math.Min(count - done, cursor.RunLeft);
            Gather(cursor.At(view, start), stride, tile + done, length);
            cursor.Advance(length);
            done += length;
        }

        return tile;
    }

    /// <summary>Copies elements that lie <paramref name="stride"/> apart to where they are dense.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(float* source, long stride, float* destination, int count)
    {
        if (stride == 1)
        {
            new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            destination[i] = *source;
            source += stride;
        }
    }

    /// <summary>Copies dense elements to where they lie <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scatter(float* source, float* destination, long stride, int count)
    {
        if (stride == 1)
        {
            new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            *destination = source[i];
            destination += stride;
        }
    }
}
