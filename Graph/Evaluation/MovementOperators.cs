using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Operators that move elements without computing.</summary>
internal static class MovementOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        foreach (string name in (ReadOnlySpan<string>)["Reshape", "Flatten", "Squeeze", "Unsqueeze"])
        {
            operators.Add(name, c => [c.Input(0).Reshape(c.Shape)]);
        }

        operators.Add("Transpose", c => [Transpose(c)]);
        operators.Add("Expand", c => [Movement.Expand(c.Input(0), c.Shape)]);
        operators.Add("Tile", c => [Movement.Pick(c.Input(0), c.Shape, (axis, position) => position % c.Input(0).Shape[axis])]);
        operators.Add("Slice", c => [Slice(c)]);
        operators.Add("Pad", c => [Pad(c)]);
        operators.Add("Concat", c => [Concat(c)]);
        operators.Add("Split", Split);
        operators.Add("Trilu", c => [Trilu(c)]);
        operators.Add("DepthToSpace", c => [DepthToSpace(c)]);
        operators.Add("SpaceToDepth", c => [SpaceToDepth(c)]);
    }

    private static ConstantTensor Transpose(EvaluationContext c)
    {
        int rank = c.Shape.Rank;
        int[] permutation = c.Node.Integers("perm") is { } given
            ? c.Shapes.Axes(given, rank)
            : [.. Enumerable.Range(0, rank).Reverse()];
        return Movement.Transpose(c.Input(0), permutation);
    }

    private static ConstantTensor Slice(EvaluationContext c)
    {
        ImmutableArray<SliceRange> ranges = SliceRange.Resolve(c.Shapes);
        return Movement.Pick(c.Input(0), c.Shape, (axis, position) => ranges[axis].Start + (position * ranges[axis].Step));
    }

    private static ConstantTensor Pad(EvaluationContext c)
    {
        ImmutableArray<PadWidths> widths = PadWidths.Resolve(c.Shapes);
        Shape source = c.Input(0).Shape;
        ConstantTensor value = c.Shapes.Opset < 11
            ? Conversion.To(Constants.Of(c.Node.Attribute("value", 0f)), c.Type)
            : c.Has(2) ? c.Input(2) : Conversion.To(Constants.Of(0L), c.Type);
        string mode = c.Node.Attribute("mode", "constant");
        return Movement.Pick(c.Input(0), c.Shape, Index, value.Bytes);

        long Index(int axis, long position)
        {
            long extent = source[axis];
            long index = position - widths[axis].Before;
            if (index >= 0 && index < extent)
            {
                return index;
            }

            return mode switch
            {
                "edge" => Math.Clamp(index, 0, extent - 1),
                "reflect" => index < 0 ? -index : (2 * (extent - 1)) - index,
                "wrap" => ((index % extent) + extent) % extent,
                _ => Movement.Outside,
            };
        }
    }

    private static ConstantTensor Concat(EvaluationContext c)
    {
        int axis = c.Shapes.Axis(c.Node.Attribute("axis", 0), c.Shape.Rank);
        int size = c.Type.SizeInBytes();
        long outer = new Shape(c.Shape.Dims.AsSpan(0, axis)).ElementCount;
        byte[] result = Constants.Allocate(c.Type, c.Shape);
        int rowBytes = outer == 0 ? 0 : (int)(result.Length / outer);
        int at = 0;
        for (int i = 0; i < c.InputCount; i++)
        {
            ImmutableArray<byte> source = c.Input(i).Bytes;
            int partBytes = outer == 0 ? 0 : (int)(source.Length / outer);
            for (int row = 0; row < outer; row++)
            {
                source.AsSpan(row * partBytes, partBytes).CopyTo(result.AsSpan((row * rowBytes) + at));
            }

            at += partBytes;
        }

        return Constants.Own(c.Type, c.Shape, result);
    }

    private static ConstantTensor[] Split(EvaluationContext c)
    {
        int splitAxis = c.Shapes.Axis(c.Node.Attribute("axis", 0), c.Input(0).Shape.Rank);
        var results = new ConstantTensor[c.OutputCount];
        long start = 0;
        for (int i = 0; i < results.Length; i++)
        {
            long from = start;
            Shape part = c.OutputShape(i);
            results[i] = Movement.Pick(c.Input(0), part, (axis, position) => axis == splitAxis ? from + position : position);
            start += part[splitAxis];
        }

        return results;
    }

    private static ConstantTensor Trilu(EvaluationContext c)
    {
        bool upper = c.Node.Attribute("upper", 1) != 0;
        long diagonal = c.Has(1) ? c.Input(1).ToInt64()[0] : 0;
        long rows = c.Shape[c.Shape.Rank - 2];
        long columns = c.Shape[c.Shape.Rank - 1];
        int size = c.Type.SizeInBytes();
        byte[] result = [.. c.Input(0).Bytes];
        for (long i = 0; i < result.Length / size; i++)
        {
            long row = i / columns % rows;
            long distance = (i % columns) - row;
            if (upper ? distance < diagonal : distance > diagonal)
            {
                result.AsSpan((int)(i * size), size).Clear();
            }
        }

        return Constants.Own(c.Type, c.Shape, result);
    }

    private static ConstantTensor DepthToSpace(EvaluationContext c)
    {
        Shape shape = c.Input(0).Shape;
        long block = c.Node.Attribute("blocksize", 1);
        long depth = shape[1] / (block * block);
        bool depthFirst = c.Node.Attribute("mode", "DCR") == "DCR";
        ConstantTensor split = depthFirst
            ? c.Input(0).Reshape(new Shape(shape[0], block, block, depth, shape[2], shape[3]))
            : c.Input(0).Reshape(new Shape(shape[0], depth, block, block, shape[2], shape[3]));
        int[] permutation = depthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
        return Movement.Transpose(split, permutation).Reshape(c.Shape);
    }

    private static ConstantTensor SpaceToDepth(EvaluationContext c)
    {
        Shape shape = c.Input(0).Shape;
        long block = c.Node.Attribute("blocksize", 1);
        ConstantTensor split =
            c.Input(0).Reshape(new Shape(shape[0], shape[1], shape[2] / block, block, shape[3] / block, block));
        return Movement.Transpose(split, [0, 3, 5, 1, 2, 4]).Reshape(c.Shape);
    }
}
