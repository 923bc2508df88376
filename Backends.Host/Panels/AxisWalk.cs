using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// One axis of a matrix whose index is a mixed-radix number over <see cref="ViewFactor"/>s: turns positions into element offsets, run
/// by run. A run is a stretch of positions with one stride. Immutable; holds no per-position table.
/// </summary>
internal sealed unsafe class AxisWalk
{
    private readonly long[] extents;
    private readonly long[] strides;

    /// <param name="factors">Outermost first, none of extent 1.</param>
    public AxisWalk(ImmutableArray<ViewFactor> factors)
    {
        extents = [.. factors.Select(factor => factor.Extent)];
        strides = [.. factors.Select(factor => factor.Stride)];
        long extent = 1;
        foreach (long factor in extents)
        {
            extent = checked(extent * factor);
        }

        Extent = extent;
        RunExtent = extents.Length == 0 ? 1 : extents[^1];
    }

    /// <summary>Positions of the axis.</summary>
    public long Extent { get; }

    /// <summary>Positions per run; runs begin at multiples of it. Equals <see cref="Extent"/> for a plain strided axis.</summary>
    public long RunExtent { get; }

    /// <summary>Elements between positions of a run; 0 when the axis has one position.</summary>
    public long RunStride => strides.Length == 0 ? 0 : strides[^1];

    /// <summary>Element offset of a position.</summary>
    public long At(long position)
    {
        long offset = 0;
        for (int i = extents.Length - 1; i > 0; i--)
        {
            (position, long digit) = Math.DivRem(position, extents[i]);
            offset += digit * strides[i];
        }

        return extents.Length == 0 ? offset : offset + (position * strides[0]);
    }

    /// <summary>
    /// The run from <paramref name="position"/> on: its offset, and how many of the next <paramref name="limit"/> positions belong to it,
    /// <see cref="RunStride"/> elements apart.
    /// </summary>
    public int Run(long position, int limit, out long offset)
    {
        offset = At(position);
        return extents.Length <= 1 ? limit : (int)Math.Min(limit, RunExtent - (position % RunExtent));
    }

    /// <summary>Writes the offsets of <paramref name="count"/> positions from <paramref name="start"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(long start, int count, long* offsets)
    {
        long stride = RunStride;
        while (count > 0)
        {
            int length = Run(start, count, out long offset);
            for (int i = 0; i < length; i++)
            {
                offsets[i] = offset;
                offset += stride;
            }

            offsets += length;
            start += length;
            count -= length;
        }
    }
}
