using System.Collections.Frozen;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Every operator with known shapes.</summary>
internal static class ShapeTable
{
    public static FrozenDictionary<string, ShapeRule> Rules { get; } = Collect();

    private static FrozenDictionary<string, ShapeRule> Collect()
    {
        var rules = new Dictionary<string, ShapeRule>(StringComparer.Ordinal);
        ElementwiseShapes.Add(rules);
        MovementShapes.Add(rules);
        SliceShapes.Add(rules);
        IndexShapes.Add(rules);
        ReduceShapes.Add(rules);
        MatrixShapes.Add(rules);
        ConvShapes.Add(rules);
        PoolShapes.Add(rules);
        NormalizeShapes.Add(rules);
        ResizeShapes.Add(rules);
        CreationShapes.Add(rules);
        return rules.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
