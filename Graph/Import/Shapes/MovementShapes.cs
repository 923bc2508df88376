using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that regroup, reorder, repeat, join or part elements without computing.</summary>
internal static class MovementShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Reshape", new ShapeRule(2, 2, 1, InferReshape));
        rules.Add("Flatten", new ShapeRule(1, 1, 1, InferFlatten));
        rules.Add("Squeeze", new ShapeRule(1, 2, 1, InferSqueeze));
        rules.Add("Unsqueeze", new ShapeRule(1, 2, 1, InferUnsqueeze));
        rules.Add("Transpose", new ShapeRule(1, 1, 1, InferTranspose));
        rules.Add("Expand", new ShapeRule(2, 2, 1, InferExpand));
        rules.Add("Tile", new ShapeRule(2, 2, 1, InferTile));
        rules.Add("Concat", new ShapeRule(1, ImportLimits.NodeItems, 1, InferConcat));
        rules.Add("Split", new ShapeRule(1, 2, ImportLimits.NodeItems, InferSplit));
        rules.Add("DepthToSpace", new ShapeRule(1, 1, 1, InferDepthToSpace));
        rules.Add("SpaceToDepth", new ShapeRule(1, 1, 1, InferSpaceToDepth));
        rules.Add("Trilu", new ShapeRule(1, 2, 1, InferTrilu));
    }

    private static void InferReshape(ShapeContext c)
    {
        Shape source = c.Shape(0);
        long[] target = c.Integers(1, "shape");
        bool keepZero = c.Attribute("allowzero", 0) != 0;
        int inferred = -1;
        long known = 1;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] == 0 && !keepZero)
            {
                c.Require(i < source.Rank, $"dimension {i} of the new shape copies one that {source} does not have");
                target[i] = source[i];
            }

            if (target[i] == -1)
            {
                c.Require(inferred < 0, $"new shape [{string.Join(", ", target)}] has two unknown dimensions");
                inferred = i;
            }
            else
            {
                c.Require(target[i] >= 0, $"new shape [{string.Join(", ", target)}] has a negative dimension");
                known = checked(known * target[i]);
            }
        }

        long count = source.ElementCount;
        if (inferred >= 0)
        {
            c.Require(known > 0 && count % known == 0, $"cannot reshape {source} to [{string.Join(", ", target)}]");
            target[inferred] = count / known;
        }
        else
        {
            c.Require(known == count, $"cannot reshape {source} to [{string.Join(", ", target)}]");
        }

        c.Output(0, c.Type(0), target);
    }

    private static void InferFlatten(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        long axis = c.Attribute("axis", 1);
        axis = axis < 0 ? axis + shape.Rank : axis;
        c.Require(axis >= 0 && axis <= shape.Rank, $"axis {axis} is outside rank {shape.Rank}");
        long outer = new Shape(shape.Dims.AsSpan(0, (int)axis)).ElementCount;
        long inner = new Shape(shape.Dims.AsSpan()[(int)axis..]).ElementCount;
        c.Output(0, c.Type(0), outer, inner);
    }

    private static void InferSqueeze(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        IReadOnlyList<long>? given = AxesOf(c);
        int[] axes = given is null
            ? [.. Enumerable.Range(0, shape.Rank).Where(axis => shape[axis] == 1)]
            : c.Axes(given, shape.Rank);
        foreach (int axis in axes)
        {
            c.Require(shape[axis] == 1, $"axis {axis} of {shape} is not 1");
        }

        c.Output(0, c.Type(0), [.. shape.Dims.Where((_, axis) => !axes.Contains(axis))]);
    }

    private static void InferUnsqueeze(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        IReadOnlyList<long> given = AxesOf(c) ?? throw c.Error("has no axes");
        int rank = shape.Rank + given.Count;
        c.Require(rank <= ImportLimits.Rank, $"makes a tensor of rank {rank}; at most {ImportLimits.Rank} is supported");
        int[] axes = c.Axes(given, rank);
        var dims = new long[rank];
        int next = 0;
        for (int i = 0; i < rank; i++)
        {
            dims[i] = axes.Contains(i) ? 1 : shape[next++];
        }

        c.Output(0, c.Type(0), dims);
    }

    // Axes moved from an attribute to an input in opset 13.
    private static IReadOnlyList<long>? AxesOf(ShapeContext c) =>
        c.Opset >= 13 ? (c.Has(1) ? c.Integers(1, "axes") : null) : c.Integers("axes") is { } axes ? axes : null;

    private static void InferTranspose(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        int[] permutation = c.Integers("perm") is { } given
            ? c.Axes(given, shape.Rank)
            : [.. Enumerable.Range(0, shape.Rank).Reverse()];
        c.Require(permutation.Length == shape.Rank, $"permutation of {permutation.Length} axes for rank {shape.Rank}");
        c.Output(0, c.Type(0), [.. permutation.Select(axis => shape[axis])]);
    }

    private static void InferExpand(ShapeContext c)
    {
        long[] target = c.Integers(1, "shape");
        c.Require(target.All(dim => dim >= 0), $"target shape [{string.Join(", ", target)}] has a negative dimension");
        Shape? joined = Broadcast.TryJoin(c.Shape(0), new Shape(target));
        c.Output(0, c.Type(0), joined ?? throw c.Error($"{c.Shape(0)} does not broadcast with [{string.Join(", ", target)}]"));
    }

    private static void InferTile(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        long[] repeats = c.Integers(1, "repeats");
        c.Require(repeats.Length == shape.Rank, $"{repeats.Length} repeats for rank {shape.Rank}");
        c.Output(0, c.Type(0), [.. repeats.Select((repeat, axis) => checked(repeat * shape[axis]))]);
    }

    private static void InferConcat(ShapeContext c)
    {
        Shape first = c.Shape(0);
        c.Require(c.Node.Attributes.ContainsKey("axis"), "has no axis");
        int axis = c.Axis(c.Attribute("axis", 0), first.Rank);
        long extent = first[axis];
        for (int i = 1; i < c.InputCount; i++)
        {
            c.Require(c.Has(i), $"input {i} is missing");
            c.RequireSameType(0, i);
            Shape other = c.Shape(i);
            bool fits = other.Rank == first.Rank
                && Enumerable.Range(0, first.Rank).All(d => d == axis || first[d] == other[d]);
            c.Require(fits, $"shapes {first} and {other} differ outside axis {axis}");
            extent = checked(extent + other[axis]);
        }

        c.Output(0, c.Type(0), first.Dims.SetItem(axis, extent));
    }

    private static void InferSplit(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        int axis = c.Axis(c.Attribute("axis", 0), shape.Rank);
        c.Require(c.OutputCount > 0, "has no outputs");
        IReadOnlyList<long> parts = SplitParts(c, shape[axis]);
        c.Require(parts.Count == c.OutputCount, $"{parts.Count} parts for {c.OutputCount} outputs");
        c.Require(
            parts.All(part => part >= 0) && checked(parts.Sum()) == shape[axis],
            $"parts [{string.Join(", ", parts)}] do not make up axis {axis} of {shape}");
        for (int i = 0; i < parts.Count; i++)
        {
            c.Output(i, c.Type(0), shape.Dims.SetItem(axis, parts[i]));
        }
    }

    private static IReadOnlyList<long> SplitParts(ShapeContext c, long extent)
    {
        if (c.Opset >= 13 && c.Has(1))
        {
            return c.Integers(1, "split");
        }

        if (c.Opset < 13 && c.Integers("split") is { } parts)
        {
            return parts;
        }

        long count = c.Attribute("num_outputs", c.OutputCount);
        c.Require(count == c.OutputCount, $"num_outputs is {count} for {c.OutputCount} outputs");
        long part = (extent + count - 1) / count;
        long last = extent - (part * (count - 1));
        c.Require(c.Opset >= 18 || part == last, $"{extent} elements cannot be split into {count} equal parts");
        c.Require(last >= 0, $"{extent} elements cannot be split into {count} parts");
        return [.. Enumerable.Range(0, (int)count).Select(i => i < count - 1 ? part : last)];
    }

    private static void InferDepthToSpace(ShapeContext c)
    {
        c.RequireRank(0, 4, 4);
        Shape shape = c.Shape(0);
        long block = BlockSize(c);
        c.Require(shape[1] % checked(block * block) == 0, $"{shape[1]} channels are no multiple of {block} * {block}");
        c.Output(0, c.Type(0), shape[0], shape[1] / (block * block), checked(shape[2] * block), checked(shape[3] * block));
    }

    private static void InferSpaceToDepth(ShapeContext c)
    {
        c.RequireRank(0, 4, 4);
        Shape shape = c.Shape(0);
        long block = BlockSize(c);
        c.Require(shape[2] % block == 0 && shape[3] % block == 0, $"{shape} is not made of blocks of {block}");
        c.Output(0, c.Type(0), shape[0], checked(shape[1] * block * block), shape[2] / block, shape[3] / block);
    }

    private static long BlockSize(ShapeContext c)
    {
        long block = c.Attribute("blocksize", 0);
        c.Require(block > 0, $"block size is {block}");
        return block;
    }

    private static void InferTrilu(ShapeContext c)
    {
        c.RequireRank(0, 2);
        c.Output(0, c.Type(0), c.Shape(0));
    }
}
