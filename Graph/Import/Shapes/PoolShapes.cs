using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Pools.</summary>
internal static class PoolShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("AveragePool", new ShapeRule(1, 1, 1, InferPool));
        rules.Add("MaxPool", new ShapeRule(1, 1, 2, InferPool));
        rules.Add("GlobalAveragePool", new ShapeRule(1, 1, 1, InferGlobalPool));
        rules.Add("GlobalMaxPool", new ShapeRule(1, 1, 1, InferGlobalPool));
    }

    private static void InferPool(ShapeContext c)
    {
        c.RequireRank(0, 3);
        Shape input = c.Shape(0);
        ImmutableArray<long> kernel = c.Integers("kernel_shape") ?? throw c.Error("has no kernel_shape");
        ImmutableArray<WindowAxis> axes = WindowGeometry.Forward(c, input, kernel, c.Attribute("ceil_mode", 0) != 0);
        long[] dims = [input[0], input[1], .. axes.Select(axis => axis.Output)];
        c.Output(0, c.Type(0), dims);
        c.Output(1, ElementType.Int64, dims);
    }

    private static void InferGlobalPool(ShapeContext c)
    {
        c.RequireRank(0, 3);
        c.Output(0, c.Type(0), [.. c.Shape(0).Dims.Select((dim, axis) => axis < 2 ? dim : 1)]);
    }
}
