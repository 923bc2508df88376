using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// Element offsets of a view's walk as tables: the address of an element is the sum of one entry per axis and the view's offset.
/// </summary>
internal static class ViewOffsets
{
    /// <summary>Offsets of <paramref name="count"/> positions along one axis.</summary>
    public static long[] OfAxis(TensorView view, int axis, long start, int count) => Walk(view.Axes[axis], start, count);

    /// <summary>Offsets of <paramref name="count"/> elements of the whole view in logical order.</summary>
    public static long[] OfElements(TensorView view, long start, int count) => Walk(view.Factors(), start, count);

    /// <summary>Adds the same number to all offsets.</summary>
    public static void Shift(Span<long> offsets, long elements)
    {
        foreach (ref long offset in offsets)
        {
            offset += elements;
        }
    }

    /// <summary>Throws when the walk leaves a tensor of so many elements.</summary>
    public static void Check(TensorView view, PackSource source)
    {
        long first = view.Offset;
        foreach (ViewFactor factor in view.Axes.SelectMany(axis => axis))
        {
            first += Math.Min(0, checked((factor.Extent - 1) * factor.Stride));
        }

        if (first < 0 || view.UpperBound > source.Elements)
        {
            throw new ModelException(
                $"weight '{source.Name}': {view} walks elements {first} to {view.UpperBound - 1} of a tensor of {source.Elements}");
        }
    }

    private static long[] Walk(ImmutableArray<ViewFactor> factors, long start, int count)
    {
        var digits = new long[factors.Length];
        long offset = 0;
        for (int f = factors.Length - 1; f >= 0; f--)
        {
            digits[f] = start % factors[f].Extent;
            offset += digits[f] * factors[f].Stride;
            start /= factors[f].Extent;
        }

        var offsets = new long[count];
        for (int i = 0; i < count; i++)
        {
            offsets[i] = offset;
            for (int f = factors.Length - 1; f >= 0; f--)
            {
                offset += factors[f].Stride;
                if (++digits[f] < factors[f].Extent)
                {
                    break;
                }

                offset -= digits[f] * factors[f].Stride;
                digits[f] = 0;
            }
        }

        return offsets;
    }
}
