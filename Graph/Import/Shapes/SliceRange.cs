using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Which elements of an axis a Slice takes.</summary>
/// <param name="Start">First element, within the axis when <paramref name="Count"/> is positive.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="Step">Distance to the next one; not 0, negative walks back.</param>
internal readonly record struct SliceRange(long Start, long Count, long Step)
{
    /// <summary>The ranges of all axes of the Slice node under inference.</summary>
    public static ImmutableArray<SliceRange> Resolve(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        var result = ImmutableArray.CreateBuilder<SliceRange>(shape.Rank);
        foreach (long dim in shape.Dims)
        {
            result.Add(new SliceRange(0, dim, 1));
        }

        (IReadOnlyList<long> starts, IReadOnlyList<long> ends, IReadOnlyList<long>? givenAxes, IReadOnlyList<long>? steps) = Operands(c);
        int[] axes = c.Axes(givenAxes ?? [.. Enumerable.Range(0, starts.Count).Select(i => (long)i)], shape.Rank);
        c.Require(
            starts.Count == axes.Length && ends.Count == axes.Length && (steps is null || steps.Count == axes.Length),
            $"{starts.Count} starts, {ends.Count} ends, {steps?.Count ?? axes.Length} steps for {axes.Length} axes");
        for (int i = 0; i < axes.Length; i++)
        {
            long step = steps?[i] ?? 1;
            c.Require(step != 0, "step is 0");
            result[axes[i]] = Clamp(starts[i], ends[i], step, shape[axes[i]]);
        }

        return result.MoveToImmutable();
    }

    private static (IReadOnlyList<long> Starts, IReadOnlyList<long> Ends, IReadOnlyList<long>? Axes, IReadOnlyList<long>? Steps) Operands(
        ShapeContext c)
    {
        if (c.Opset < 10)
        {
            ImmutableArray<long> starts = c.Integers("starts") ?? throw c.Error("has no starts");
            ImmutableArray<long> ends = c.Integers("ends") ?? throw c.Error("has no ends");
            return (starts, ends, c.Integers("axes") is { } axes ? axes : null, null);
        }

        c.Require(c.Has(1) && c.Has(2), "has no starts or no ends");
        return (
            c.Integers(1, "starts"),
            c.Integers(2, "ends"),
            c.Has(3) ? c.Integers(3, "axes") : null,
            c.Has(4) ? c.Integers(4, "steps") : null);
    }

    private static SliceRange Clamp(long start, long end, long step, long extent)
    {
        start = start < 0 ? start + extent : start;
        end = end < 0 ? end + extent : end;
        if (step > 0)
        {
            start = Math.Clamp(start, 0, extent);
            end = Math.Clamp(end, 0, extent);
        }
        else
        {
            start = Math.Clamp(start, -1, extent - 1);
            end = Math.Clamp(end, -1, extent - 1);
        }

        Int128 distance = step > 0 ? end - start : start - end;
        Int128 size = Int128.Abs(step);
        long count = distance <= 0 ? 0 : (long)((distance + size - 1) / size);
        return new SliceRange(count == 0 ? 0 : start, count, step);
    }
}
