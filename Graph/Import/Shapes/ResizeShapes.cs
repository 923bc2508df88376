namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that resample axes.</summary>
internal static class ResizeShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Resize", new ShapeRule(1, 4, 1, InferResize));
        rules.Add("Upsample", new ShapeRule(1, 2, 1, InferResize));
    }

    private static void InferResize(ShapeContext c) =>
        c.Output(0, c.Type(0), [.. ResizeGeometry.Resolve(c).Select(axis => axis.Output)]);
}
