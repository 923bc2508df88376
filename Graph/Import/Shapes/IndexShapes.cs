using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that pick or place elements by index.</summary>
internal static class IndexShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Gather", new ShapeRule(2, 2, 1, InferGather));
        rules.Add("GatherElements", new ShapeRule(2, 2, 1, InferGatherElements));
        rules.Add("GatherND", new ShapeRule(2, 2, 1, InferGatherND));
        rules.Add("Scatter", new ShapeRule(3, 3, 1, InferScatterElements));
        rules.Add("ScatterElements", new ShapeRule(3, 3, 1, InferScatterElements));
        rules.Add("ScatterND", new ShapeRule(3, 3, 1, InferScatterND));
        rules.Add("OneHot", new ShapeRule(3, 3, 1, InferOneHot));
    }

    private static void InferGather(ShapeContext c)
    {
        RequireIndices(c, 1);
        Shape data = c.Shape(0);
        int axis = c.Axis(c.Attribute("axis", 0), data.Rank);
        c.Output(0, c.Type(0), [.. data.Dims.Take(axis), .. c.Shape(1).Dims, .. data.Dims.Skip(axis + 1)]);
    }

    private static void InferGatherElements(ShapeContext c)
    {
        RequireIndices(c, 1);
        RequireWithin(c);
        c.Output(0, c.Type(0), c.Shape(1));
    }

    private static void InferGatherND(ShapeContext c)
    {
        RequireIndices(c, 1);
        Shape data = c.Shape(0);
        Shape indices = c.Shape(1);
        c.RequireRank(0, 1);
        c.RequireRank(1, 1);
        long batch = c.Attribute("batch_dims", 0);
        c.Require(batch >= 0 && batch < Math.Min(data.Rank, indices.Rank), $"batch_dims {batch} for {data} and {indices}");
        c.Require(
            data.Dims.Take((int)batch).SequenceEqual(indices.Dims.Take((int)batch)), $"batch dimensions of {data} and {indices} differ");
        long depth = indices[indices.Rank - 1];
        c.Require(depth >= 1 && depth <= data.Rank - batch, $"indices {indices} name {depth} axes of {data}");
        c.Output(0, c.Type(0), [.. indices.Dims.Take(indices.Rank - 1), .. data.Dims.Skip((int)(batch + depth))]);
    }

    private static void InferScatterElements(ShapeContext c)
    {
        RequireIndices(c, 1);
        c.RequireSameType(0, 2);
        c.Require(c.Shape(1) == c.Shape(2), $"indices {c.Shape(1)} and updates {c.Shape(2)} differ in shape");
        RequireWithin(c);
        RequireReduction(c);
        c.Output(0, c.Type(0), c.Shape(0));
    }

    private static void InferScatterND(ShapeContext c)
    {
        RequireIndices(c, 1);
        c.RequireSameType(0, 2);
        c.RequireRank(0, 1);
        c.RequireRank(1, 1);
        Shape data = c.Shape(0);
        Shape indices = c.Shape(1);
        long depth = indices[indices.Rank - 1];
        c.Require(depth >= 0 && depth <= data.Rank, $"indices {indices} name {depth} axes of {data}");
        var updates = new Shape([.. indices.Dims.Take(indices.Rank - 1), .. data.Dims.Skip((int)depth)]);
        c.Require(c.Shape(2) == updates, $"updates have shape {c.Shape(2)} instead of {updates}");
        RequireReduction(c);
        c.Output(0, c.Type(0), data);
    }

    private static void InferOneHot(ShapeContext c)
    {
        Shape indices = c.Shape(0);
        ConstantTensor depth = c.Constant(1) ?? throw c.Error("depth is computed at run time; only a constant one is supported");
        c.Require(depth.Shape.ElementCount == 1, "depth is not a scalar");
        c.Require(c.Shape(2) == new Shape(2), $"values have shape {c.Shape(2)} instead of [2]");
        int axis = c.Axis(c.Attribute("axis", -1), indices.Rank + 1);
        c.Output(0, c.Type(2), [.. indices.Dims.Insert(axis, depth.ToInt64()[0])]);
    }

    private static void RequireIndices(ShapeContext c, int input) =>
        c.RequireType(input, type => type is ElementType.Int32 or ElementType.Int64, "Int32 or Int64");

    // Indices of an elementwise gather or scatter lie within the data on every other axis.
    private static void RequireWithin(ShapeContext c)
    {
        Shape data = c.Shape(0);
        Shape indices = c.Shape(1);
        int axis = c.Axis(c.Attribute("axis", 0), data.Rank);
        bool fits = data.Rank == indices.Rank
            && Enumerable.Range(0, data.Rank).All(d => d == axis || indices[d] <= data[d]);
        c.Require(fits, $"indices {indices} do not fit data {data} outside axis {axis}");
    }

    private static void RequireReduction(ShapeContext c)
    {
        string reduction = c.Attribute("reduction", "none");
        c.Require(reduction is "none" or "add" or "mul" or "min" or "max", $"reduction '{reduction}' is not known");
    }
}
