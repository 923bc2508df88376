using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that cut or extend axes.</summary>
internal static class SliceShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Slice", new ShapeRule(1, 5, 1, InferSlice));
        rules.Add("Pad", new ShapeRule(1, 4, 1, InferPad));
    }

    private static void InferSlice(ShapeContext c) =>
        c.Output(0, c.Type(0), [.. SliceRange.Resolve(c).Select(range => range.Count)]);

    private static void InferPad(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        ImmutableArray<PadWidths> widths = PadWidths.Resolve(c);
        string mode = c.Attribute("mode", "constant");
        var dims = new long[shape.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            (long before, long after) = widths[i];
            dims[i] = checked(shape[i] + before + after);
            long longest = Math.Max(before, after);
            bool possible = mode switch
            {
                "constant" => true,
                "edge" => longest <= 0 || shape[i] > 0,
                "reflect" => longest <= 0 || longest < shape[i],
                "wrap" => longest <= 0 || shape[i] > 0,
                _ => throw c.Error($"mode '{mode}' is not supported"),
            };
            c.Require(possible, $"cannot pad axis {i} of {shape} by {before} and {after} with mode '{mode}'");
        }

        if (c.Opset >= 11 && c.Has(2))
        {
            c.RequireSameType(0, 2);
            c.Require(c.Shape(2).ElementCount == 1, "pad value is not a scalar");
        }

        c.Output(0, c.Type(0), dims);
    }
}
