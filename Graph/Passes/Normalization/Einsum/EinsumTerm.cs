using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization.Einsum;

/// <summary>An operand of an Einsum, or a partial result: a value whose axes carry labels.</summary>
internal sealed record EinsumTerm(string Value, string Labels)
{
    public Shape Shape(GraphEditor editor) => editor.ShapeOf(Value);

    public long Extent(GraphEditor editor, char label) => Shape(editor)[Labels.IndexOf(label, StringComparison.Ordinal)];

    /// <summary>Sums over the axes whose labels are not kept.</summary>
    public EinsumTerm Sum(GraphEditor editor, NodeSlot before, string hint, Func<char, bool> isKept)
    {
        int[] summed = [.. Enumerable.Range(0, Labels.Length).Where(axis => !isKept(Labels[axis]))];
        return summed.Length == 0
            ? this
            : new EinsumTerm(
                editor.Reduce(before, $"{hint}/sum", "ReduceSum", Value, summed, keepAxes: false),
                string.Concat(Labels.Where(isKept)));
    }

    /// <summary>Brings the axes into an order; the labels must be the same.</summary>
    public EinsumTerm Order(GraphEditor editor, NodeSlot before, string hint, string labels)
    {
        int[] permutation = [.. labels.Select(label => Labels.IndexOf(label, StringComparison.Ordinal))];
        return new EinsumTerm(editor.Transpose(before, $"{hint}/transposed", Value, permutation), labels);
    }
}
