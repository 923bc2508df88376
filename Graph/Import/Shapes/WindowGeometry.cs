using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>One spatial axis of a convolution or pooling window, with padding resolved.</summary>
/// <param name="Input">Extent of the input.</param>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Elements between windows.</param>
/// <param name="Dilation">Elements between taps.</param>
/// <param name="PadBefore">Padding before the first element; for a transposed convolution, elements cut off there.</param>
/// <param name="PadAfter">Padding after the last element.</param>
/// <param name="Output">Extent of the output.</param>
internal readonly record struct WindowAxis(
    long Input, long Kernel, long Stride, long Dilation, long PadBefore, long PadAfter, long Output);

/// <summary>Resolves the attributes that convolutions and pools share.</summary>
internal static class WindowGeometry
{
    /// <summary>Axes of a forward window (convolution or pool).</summary>
    public static ImmutableArray<WindowAxis> Forward(ShapeContext c, Shape shape, IReadOnlyList<long> kernel, bool ceil)
    {
        (int rank, IReadOnlyList<long> strides, IReadOnlyList<long> dilations, IReadOnlyList<long> pads, string auto) =
            Attributes(c, shape, kernel);
        var axes = ImmutableArray.CreateBuilder<WindowAxis>(rank);
        for (int i = 0; i < rank; i++)
        {
            long input = shape[i + 2];
            long reach = checked(((kernel[i] - 1) * dilations[i]) + 1);
            (long before, long after) = (pads[i], pads[i + rank]);
            if (auto is "SAME_UPPER" or "SAME_LOWER")
            {
                long windows = CeilDivide(input, strides[i]);
                long total = Math.Max(0, checked(((windows - 1) * strides[i]) + reach - input));
                (before, after) = Same(auto, total);
            }

            long room = checked(input + before + after - reach);
            c.Require(room >= 0, $"window of {reach} does not fit axis {i + 2} of {shape} padded by {before} and {after}");
            long output = (ceil ? CeilDivide(room, strides[i]) : room / strides[i]) + 1;
            if (ceil && checked((output - 1) * strides[i]) >= input + before)
            {
                // A window that starts in the padding behind the input does not count.
                output--;
            }

            axes.Add(new WindowAxis(input, kernel[i], strides[i], dilations[i], before, after, output));
        }

        return axes.MoveToImmutable();
    }

    /// <summary>Axes of a transposed convolution.</summary>
    public static ImmutableArray<WindowAxis> Transposed(ShapeContext c, Shape shape, IReadOnlyList<long> kernel)
    {
        (int rank, IReadOnlyList<long> strides, IReadOnlyList<long> dilations, IReadOnlyList<long> pads, string auto) =
            Attributes(c, shape, kernel);
        IReadOnlyList<long> extra = List(c, "output_padding", rank, 0);
        ImmutableArray<long>? given = c.Integers("output_shape");
        c.Require(given is null || given.Value.Length == rank, $"output_shape has {given?.Length} entries for {rank} axes");
        var axes = ImmutableArray.CreateBuilder<WindowAxis>(rank);
        for (int i = 0; i < rank; i++)
        {
            long input = shape[i + 2];
            c.Require(extra[i] >= 0, $"output_padding {extra[i]} is negative");
            long full = checked(((input - 1) * strides[i]) + extra[i] + ((kernel[i] - 1) * dilations[i]) + 1);
            (long before, long after) = (pads[i], pads[i + rank]);
            long output = checked(full - before - after);
            if (given is { } outputs || auto is "SAME_UPPER" or "SAME_LOWER")
            {
                output = given?[i] ?? checked(input * strides[i]);
                long total = Math.Max(0, full - output);
                // Without SAME_UPPER the larger half of the cut is at the end of the attribute's own rule: before.
                (before, after) = auto == "SAME_UPPER" ? (total / 2, total - (total / 2)) : (total - (total / 2), total / 2);
            }

            c.Require(output >= 1 || input == 0, $"axis {i + 2} of {shape} would have {output} elements");
            axes.Add(new WindowAxis(input, kernel[i], strides[i], dilations[i], before, after, output));
        }

        return axes.MoveToImmutable();
    }

    private static (int Rank, IReadOnlyList<long> Strides, IReadOnlyList<long> Dilations, IReadOnlyList<long> Pads, string Auto) Attributes(
        ShapeContext c, Shape shape, IReadOnlyList<long> kernel)
    {
        int rank = shape.Rank - 2;
        c.Require(kernel.Count == rank, $"kernel of {kernel.Count} axes for input {shape}");
        IReadOnlyList<long> strides = List(c, "strides", rank, 1);
        IReadOnlyList<long> dilations = List(c, "dilations", rank, 1);
        string auto = c.Attribute("auto_pad", "NOTSET");
        c.Require(auto is "NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER", $"auto_pad '{auto}' is not known");
        IReadOnlyList<long> pads = auto == "NOTSET" ? List(c, "pads", 2 * rank, 0) : new long[2 * rank];
        c.Require(
            kernel.All(k => k > 0) && strides.All(s => s > 0) && dilations.All(d => d > 0) && pads.All(p => p >= 0),
            $"kernel [{string.Join(", ", kernel)}], strides [{string.Join(", ", strides)}], dilations [{string.Join(", ", dilations)}] "
            + $"and pads [{string.Join(", ", pads)}] are not all in range");
        return (rank, strides, dilations, pads, auto);
    }

    private static ImmutableArray<long> List(ShapeContext c, string name, int count, long fallback)
    {
        // Some exporters write an empty list for the default.
        if (c.Integers(name) is not { Length: > 0 } given)
        {
            return [.. Enumerable.Repeat(fallback, count)];
        }

        c.Require(given.Length == count, $"{name} has {given.Length} entries where {count} are needed");
        return given;
    }

    private static (long Before, long After) Same(string auto, long total)
    {
        long half = total / 2;
        return auto == "SAME_UPPER" ? (half, total - half) : (total - half, half);
    }

    private static long CeilDivide(long value, long divisor) => (value + divisor - 1) / divisor;
}
