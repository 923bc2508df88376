using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Views;

/// <summary>A position in a <see cref="LoopNest"/> and the element offset of every view there. Moves forward cheaply.</summary>
internal ref struct NestCursor
{
    private readonly LoopNest nest;
    private readonly Span<long> digits;
    private readonly Span<long> offsets;
    private long outside;

    /// <param name="nest">What to walk; the cursor stands at its first position.</param>
    /// <param name="storage"><see cref="StorageLongs"/> numbers.</param>
    public NestCursor(LoopNest nest, Span<long> storage)
    {
        this.nest = nest;
        digits = storage[..nest.Loops.Length];
        offsets = storage.Slice(nest.Loops.Length, nest.Views);
        Seek(0);
    }

    /// <summary>Positions up to the end of the run.</summary>
    public readonly long RunLeft => nest.RunExtent - digits[^1];

    public readonly LoopNest Nest => nest;

    /// <summary>Numbers that a cursor of a nest keeps.</summary>
    public static int StorageLongs(LoopNest nest) => nest.Loops.Length + nest.Views;

    /// <summary>Element offset of a view.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long Offset(int view) => offsets[view];

    /// <summary>Address of a view's element.</summary>
    /// <param name="view">Which view.</param>
    /// <param name="start">Address of the view's first element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly unsafe float* At(int view, nint start) => (float*)start + offsets[view];

    /// <summary>Moves to a position.</summary>
    public void Seek(long position)
    {
        offsets.Clear();
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            LoopNest.Loop loop = nest.Loops[i];
            (position, digits[i]) = loop.Extent == 0 ? (0, 0) : Math.DivRem(position, loop.Extent);
            for (int v = 0; v < offsets.Length; v++)
            {
                offsets[v] += digits[i] * loop.Strides[v];
            }
        }

        outside = position;
        AddOutside(1);
    }

    /// <summary>Moves on by a number of positions, at most <see cref="RunLeft"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(long count)
    {
        int last = digits.Length - 1;
        digits[last] += count;
        LoopNest.Loop loop = nest.Loops[last];
        for (int v = 0; v < offsets.Length; v++)
        {
            offsets[v] += count * loop.Strides[v];
        }

        if (digits[last] == loop.Extent)
        {
            Carry();
        }
    }

    private void Carry()
    {
        for (int i = digits.Length - 1; i >= 0 && digits[i] == nest.Loops[i].Extent; i--)
        {
            LoopNest.Loop done = nest.Loops[i];
            digits[i] = 0;
            for (int v = 0; v < offsets.Length; v++)
            {
                offsets[v] -= done.Extent * done.Strides[v];
            }

            if (i > 0)
            {
                digits[i - 1]++;
                for (int v = 0; v < offsets.Length; v++)
                {
                    offsets[v] += nest.Loops[i - 1].Strides[v];
                }
            }
            else
            {
                AddOutside(-1);
                outside++;
                AddOutside(1);
            }
        }
    }

    private readonly void AddOutside(int sign)
    {
        if (nest.Irregular is not { } walks || outside >= walks[0].Extent)
        {
            return;
        }

        for (int v = 0; v < offsets.Length; v++)
        {
            offsets[v] += sign * walks[v].At(outside);
        }
    }
}
