using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Matrix products.</summary>
internal static class MatrixShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("MatMul", new ShapeRule(2, 2, 1, InferMatMul));
        rules.Add("Gemm", new ShapeRule(2, 3, 1, InferGemm));
        rules.Add("Einsum", new ShapeRule(1, ImportLimits.NodeItems, 1, InferEinsum));
    }

    private static void InferMatMul(ShapeContext c)
    {
        c.RequireSameType(0, 1);
        c.RequireRank(0, 1);
        c.RequireRank(1, 1);
        Shape left = c.Shape(0);
        Shape right = c.Shape(1);
        Shape a = left.Rank == 1 ? new Shape(1, left[0]) : left;
        Shape b = right.Rank == 1 ? new Shape(right[0], 1) : right;
        c.Require(a[a.Rank - 1] == b[b.Rank - 2], $"cannot multiply {left} by {right}");
        Shape batch = Broadcast.TryJoin(new Shape(a.Dims.AsSpan(0, a.Rank - 2)), new Shape(b.Dims.AsSpan(0, b.Rank - 2)))
            ?? throw c.Error($"batch dimensions of {left} and {right} do not broadcast");
        var dims = new List<long>(batch.Dims);
        if (left.Rank > 1)
        {
            dims.Add(a[a.Rank - 2]);
        }

        if (right.Rank > 1)
        {
            dims.Add(b[b.Rank - 1]);
        }

        c.Output(0, c.Type(0), dims);
    }

    private static void InferGemm(ShapeContext c)
    {
        c.RequireSameType(0, 1, 2);
        c.RequireRank(0, 2, 2);
        c.RequireRank(1, 2, 2);
        (long m, long k) = Sides(c.Shape(0), c.Attribute("transA", 0) != 0);
        (long k2, long n) = Sides(c.Shape(1), c.Attribute("transB", 0) != 0);
        c.Require(k == k2, $"cannot multiply {m} x {k} by {k2} x {n}");
        var result = new Shape(m, n);
        if (c.Has(2))
        {
            c.Require(Broadcast.TryJoin(result, c.Shape(2)) == result, $"addend {c.Shape(2)} does not broadcast to {result}");
        }

        c.Output(0, c.Type(0), result);
    }

    private static (long Rows, long Columns) Sides(Shape shape, bool transposed) =>
        transposed ? (shape[1], shape[0]) : (shape[0], shape[1]);

    private static void InferEinsum(ShapeContext c)
    {
        EinsumEquation equation = EinsumEquation.Parse(c);
        c.Output(0, c.Type(0), [.. equation.Output.Select(label => equation.Extents[label])]);
    }
}
