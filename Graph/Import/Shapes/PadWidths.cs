using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Elements that a Pad adds before and after an axis; negative ones are cut off.</summary>
internal readonly record struct PadWidths(long Before, long After)
{
    /// <summary>The widths of all axes of the Pad node under inference.</summary>
    public static ImmutableArray<PadWidths> Resolve(ShapeContext c)
    {
        int rank = c.Shape(0).Rank;
        IReadOnlyList<long> pads = c.Opset < 11
            ? c.Integers("pads") ?? throw c.Error("has no pads")
            : c.Has(1) ? c.Integers(1, "pads") : throw c.Error("has no pads");
        int[] axes = c.Opset >= 18 && c.Has(3) ? c.Axes(c.Integers(3, "axes"), rank) : [.. Enumerable.Range(0, rank)];
        c.Require(pads.Count == 2 * axes.Length, $"{pads.Count} pads for {axes.Length} axes");
        var result = new PadWidths[rank];
        for (int i = 0; i < axes.Length; i++)
        {
            result[axes[i]] = new PadWidths(pads[i], pads[axes.Length + i]);
        }

        return [.. result];
    }
}
