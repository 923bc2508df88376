using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization.Einsum;

/// <summary>
/// Einsum becomes Transpose, Reshape, MatMul and ReduceSum. Operands are contracted two at a time from the left; equations that take a
/// diagonal are not supported.
/// </summary>
internal sealed class EinsumPass() : RewritePass("Einsum")
{
    public override string Name => "einsum";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        string text = node.Attribute("equation", "");
        string hint = node.Outputs[0];
        EinsumEquation equation = EinsumEquation.Parse(node, text, [.. node.Inputs.Select(input => editor.ShapeOf(input).Rank)]);

        var term = new EinsumTerm(node.Inputs[0], equation.Inputs[0]);
        for (int i = 1; i < node.Inputs.Length; i++)
        {
            // A label is needed until the last operand that has it, and by the result.
            string later = string.Concat(equation.Inputs.Skip(i + 1)) + equation.Output;
            term = Contract(editor, slot, text, term, new EinsumTerm(node.Inputs[i], equation.Inputs[i]), later);
        }

        term = term.Sum(editor, slot, hint, label => equation.Output.Contains(label)).Order(editor, slot, hint, equation.Output);
        if (!editor.TryForward(slot, term.Value))
        {
            editor.Replace(slot, "Identity", [term.Value]);
        }
    }

    private static EinsumTerm Contract(GraphEditor editor, NodeSlot slot, string text, EinsumTerm left, EinsumTerm right, string later)
    {
        string hint = slot.Node.Outputs[0];

        // The right-hand side of a MatMul is the one that can be a streamed weight.
        if (editor.IsStatic(left.Value) && !editor.IsStatic(right.Value))
        {
            (left, right) = (right, left);
        }

        left = left.Sum(editor, slot, hint, label => right.Labels.Contains(label) || later.Contains(label));
        right = right.Sum(editor, slot, hint, label => left.Labels.Contains(label) || later.Contains(label));

        string shared = string.Concat(left.Labels.Where(label => right.Labels.Contains(label)));
        string batch = string.Concat(shared.Where(label => later.Contains(label)));
        string depth = string.Concat(shared.Where(label => !later.Contains(label)));
        string rows = string.Concat(left.Labels.Where(label => !shared.Contains(label)));
        string columns = string.Concat(right.Labels.Where(label => !shared.Contains(label)));
        foreach (char label in depth.Where(label => left.Extent(editor, label) != right.Extent(editor, label)))
        {
            throw EinsumEquation.Unsupported(
                slot.Node,
                text,
                $"label '{label}' has extents {left.Extent(editor, label)} and {right.Extent(editor, label)}");
        }

        left = left.Order(editor, slot, hint, batch + rows + depth);
        right = right.Order(editor, slot, hint, batch + depth + columns);
        long[] leftDims = [.. left.Shape(editor).Dims];
        long[] rightDims = [.. right.Shape(editor).Dims];
        long[] leftBatch = leftDims[..batch.Length];
        long[] rightBatch = rightDims[..batch.Length];
        long[] rowDims = leftDims[batch.Length..^depth.Length];
        long[] columnDims = rightDims[(batch.Length + depth.Length)..];
        long[] batchDims = [.. leftBatch.Zip(rightBatch, (a, b) => a == 1 ? b : a)];
        long[] k = [Product(leftDims.AsSpan(batch.Length + rows.Length))];
        long[] n = [Product(columnDims)];

        // Without a batch the row axes stay as they are: MatMul multiplies them all by one matrix.
        long[] m = batch.Length == 0 && rowDims.Length > 0 ? rowDims : [Product(rowDims)];
        string a = editor.Reshape(slot, $"{hint}/left", left.Value, new Shape([.. leftBatch, .. m, .. k]));
        string b = editor.Reshape(slot, $"{hint}/right", right.Value, new Shape([.. rightBatch, .. k, .. n]));
        string product = editor.Insert(
            slot, $"{hint}/product", "MatMul", [a, b], editor.TypeOf(a), new Shape([.. batchDims, .. m, .. n]));
        return new EinsumTerm(
            editor.Reshape(slot, $"{hint}/split", product, new Shape([.. batchDims, .. rowDims, .. columnDims])), batch + rows + columns);
    }

    private static long Product(ReadOnlySpan<long> dims) => new Shape(dims).ElementCount;
}
