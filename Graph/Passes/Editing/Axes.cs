using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>Axis attributes and axis inputs as non-negative positions.</summary>
internal static class Axes
{
    public static int Resolve(Node node, long axis, int rank) => axis >= -rank && axis < Math.Max(rank, 1)
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw new ModelException($"{node}: axis {axis} is outside rank {rank}");

    /// <summary>
    /// The axes that a reduction names, ascending: an attribute in old operator sets, an input since. All axes when none are named. Null
    /// when the input is not constant, or when no axes mean no reduction.
    /// </summary>
    public static int[]? Reduced(GraphEditor editor, Node node)
    {
        int rank = editor.ShapeOf(node.Inputs[0]).Rank;
        long[]? named = node.Integers("axes") is { } listed ? [.. listed]
            : node.Input(1).Length == 0 ? []
            : editor.Constant(node.Input(1))?.Longs();
        if (named is null || (named.Length == 0 && node.Attribute("noop_with_empty_axes", 0) != 0))
        {
            return null;
        }

        int[] axes = named.Length == 0 ? [.. Enumerable.Range(0, rank)] : [.. named.Select(axis => Resolve(node, axis, rank))];
        Array.Sort(axes);
        return axes;
    }

    /// <summary>First axis of a run that ends with the last axis; null for any other set.</summary>
    public static int? Trailing(int[] axes, int rank)
    {
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] != rank - axes.Length + i)
            {
                return null;
            }
        }

        return axes.Length == 0 ? null : rank - axes.Length;
    }

    /// <summary>True when an operand broadcasts to x and does not vary along the axes before the given one.</summary>
    public static bool IsInner(Shape operand, Shape x, int axis)
    {
        int missing = x.Rank - operand.Rank;
        return missing >= 0
            && operand.Dims.Select((extent, i) => extent == 1 || (i + missing >= axis && extent == x[i + missing])).All(fits => fits);
    }

    /// <summary>The permutation of a Transpose; reversed axes when it names none.</summary>
    public static int[] Permutation(Node node, int rank)
    {
        int[] result = node.Integers("perm") is { } listed
            ? [.. listed.Select(axis => Resolve(node, axis, rank))]
            : [.. Enumerable.Range(0, rank).Reverse()];
        return result.Length == rank && result.Distinct().Count() == rank
            ? result
            : throw new ModelException($"{node}: perm [{string.Join(", ", result)}] does not permute rank {rank}");
    }
}
