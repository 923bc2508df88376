using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>One axis of a Resize or Upsample.</summary>
/// <param name="Input">Extent of the input.</param>
/// <param name="Output">Extent of the output.</param>
/// <param name="Scale">Output elements per input element, as given or as the ratio of the sizes.</param>
/// <param name="RoiStart">Start of the region of interest, 0 to 1; used by tf_crop_and_resize only.</param>
/// <param name="RoiEnd">End of the region of interest.</param>
internal readonly record struct ResizeAxis(long Input, long Output, double Scale, double RoiStart, double RoiEnd);

/// <summary>Resolves the scales, sizes and region of a Resize or Upsample node.</summary>
internal static class ResizeGeometry
{
    /// <summary>One entry per axis of the input; an axis that is not resized has scale 1.</summary>
    public static ImmutableArray<ResizeAxis> Resolve(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        int[] axes = c.Opset >= 18 && c.Integers("axes") is { } given
            ? c.Axes(given, shape.Rank)
            : [.. Enumerable.Range(0, shape.Rank)];
        (float[]? scales, long[]? sizes) = Operands(c);
        c.Require((scales is null) != (sizes is null), "needs either scales or sizes");
        int count = scales?.Length ?? sizes!.Length;
        c.Require(count == axes.Length, $"{count} scales or sizes for {axes.Length} axes");
        float[] roi = Roi(c, axes.Length);
        double common = sizes is null ? 0 : CommonScale(c, shape, axes, sizes);
        var result = shape.Dims.Select(dim => new ResizeAxis(dim, dim, 1, 0, 1)).ToArray();
        for (int i = 0; i < axes.Length; i++)
        {
            long input = shape[axes[i]];
            (double start, double end) = (roi[i], roi[i + axes.Length]);
            double scale;
            long output;
            if (scales is not null)
            {
                scale = scales[i];
                c.Require(scale > 0 && double.IsFinite(scale), $"scale {scale} is not positive");
                double extent = Math.Floor(input * (IsCrop(c) ? end - start : 1) * scale);
                c.Require(extent is >= 0 and < long.MaxValue, $"axis {axes[i]} of {shape} would have {extent} elements");
                output = (long)extent;
            }
            else
            {
                c.Require(sizes![i] > 0 && input > 0, $"cannot resize axis {axes[i]} of {shape} to {sizes[i]}");
                scale = common > 0 ? common : (double)sizes[i] / input;
                output = common > 0 ? (long)Math.Floor((common * input) + 0.5) : sizes[i];
            }

            result[axes[i]] = new ResizeAxis(input, output, scale, start, end);
        }

        return [.. result];
    }

    private static (float[]? Scales, long[]? Sizes) Operands(ShapeContext c)
    {
        if (c.Node.OpType == "Upsample" && c.Opset < 9)
        {
            return (c.Node.Floats("scales") is { } scales ? [.. scales] : null, null);
        }

        if (c.Opset < 11 || c.Node.OpType == "Upsample")
        {
            return (c.Floats(1, "scales"), null);
        }

        // An empty tensor stands for an absent one.
        bool hasScales = c.Has(2) && c.Shape(2).ElementCount > 0;
        bool hasSizes = c.Has(3) && c.Shape(3).ElementCount > 0;
        return (hasScales ? c.Floats(2, "scales") : null, hasSizes ? c.Integers(3, "sizes") : null);
    }

    private static float[] Roi(ShapeContext c, int axes)
    {
        if (!IsCrop(c))
        {
            return [.. Enumerable.Repeat(0f, axes), .. Enumerable.Repeat(1f, axes)];
        }

        c.Require(c.Has(1), "has no region of interest");
        float[] roi = c.Floats(1, "roi");
        c.Require(roi.Length == 2 * axes, $"region of interest has {roi.Length} values for {axes} axes");
        return roi;
    }

    private static bool IsCrop(ShapeContext c) =>
        c.Opset >= 11 && c.Attribute("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize";

    // One scale for all axes when the aspect ratio is kept; 0 when every axis has its own.
    private static double CommonScale(ShapeContext c, Shape shape, int[] axes, long[] sizes)
    {
        string policy = c.Opset >= 18 ? c.Attribute("keep_aspect_ratio_policy", "stretch") : "stretch";
        IEnumerable<double> scales = axes.Select((axis, i) => (double)sizes[i] / shape[axis]);
        return policy switch
        {
            "stretch" => 0,
            "not_larger" => scales.Min(),
            "not_smaller" => scales.Max(),
            _ => throw c.Error($"keep_aspect_ratio_policy '{policy}' is not known"),
        };
    }
}
