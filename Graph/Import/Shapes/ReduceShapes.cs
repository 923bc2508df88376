using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that reduce axes.</summary>
internal static class ReduceShapes
{
    private static readonly string[] Reductions =
    [
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
        "ReduceSumSquare",
    ];

    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        foreach (string name in Reductions)
        {
            rules.Add(name, new ShapeRule(1, 2, 1, InferReduce));
        }

        rules.Add("ArgMax", new ShapeRule(1, 1, 1, InferArg));
        rules.Add("ArgMin", new ShapeRule(1, 1, 1, InferArg));
    }

    /// <summary>Axes that a reduction reduces: an attribute at first, an input since opset 13 (ReduceSum) or 18 (the others).</summary>
    public static int[] Axes(ShapeContext c)
    {
        int rank = c.Shape(0).Rank;
        bool asInput = c.Opset >= (c.Node.OpType == "ReduceSum" ? 13 : 18);
        IReadOnlyList<long> axes = asInput ? (c.Has(1) ? c.Integers(1, "axes") : []) : c.Integers("axes") is { } given ? given : [];
        if (axes.Count > 0)
        {
            return c.Axes(axes, rank);
        }

        bool nothing = asInput && c.Attribute("noop_with_empty_axes", 0) != 0;
        return nothing ? [] : [.. Enumerable.Range(0, rank)];
    }

    private static void InferReduce(ShapeContext c) => OutputReduced(c, Axes(c), c.Type(0));

    private static void InferArg(ShapeContext c) =>
        OutputReduced(c, [c.Axis(c.Attribute("axis", 0), c.Shape(0).Rank)], ElementType.Int64);

    private static void OutputReduced(ShapeContext c, int[] axes, ElementType type)
    {
        Shape shape = c.Shape(0);
        bool keep = c.Attribute("keepdims", 1) != 0;
        var dims = new List<long>();
        for (int i = 0; i < shape.Rank; i++)
        {
            if (!axes.Contains(i))
            {
                dims.Add(shape[i]);
            }
            else if (keep)
            {
                dims.Add(1);
            }
        }

        c.Output(0, type, dims);
    }
}
