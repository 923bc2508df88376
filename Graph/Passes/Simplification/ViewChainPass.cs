using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Simplification;

/// <summary>
/// Shortens chains of Reshape and Transpose: a chain that as a whole walks its source in order is one Reshape (or nothing), a chain that
/// only permutes the source's axes is one Transpose. The walk is decided by <see cref="TensorView"/> arithmetic, so that also
/// Reshape-Transpose-Reshape spellings of a transpose are seen through.
/// </summary>
internal sealed class ViewChainPass() : RewritePass("Reshape", "Transpose")
{
    public override string Name => "view chains";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        // The chain from this node up to its source, nearest first.
        var chain = new List<NodeSlot> { slot };
        while (Source(editor, chain[^1]) is { } source)
        {
            chain.Add(source);
        }

        // The farthest source saves the most nodes.
        for (int length = chain.Count; length >= 1; length--)
        {
            string source = chain[length - 1].Node.Inputs[0];
            if (MayShorten(editor, chain, length) && Walk(editor, chain, length) is { } view
                && TryShorten(editor, slot, source, view, length))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Cheap conditions that most chains fail: one transpose that moves something never walks in order, and a permutation keeps the
    /// extents.
    /// </summary>
    private static bool MayShorten(GraphEditor editor, List<NodeSlot> chain, int length)
    {
        Shape from = editor.ShapeOf(chain[length - 1].Node.Inputs[0]);
        Shape to = editor.ShapeOf(chain[0].Node.Outputs[0]);
        int moving = 0;
        for (int i = 0; i < length; i++)
        {
            moving += chain[i].Node.OpType == "Transpose" && Moves(editor, chain[i].Node) ? 1 : 0;
        }

        bool mayBeInOrder = moving != 1 && (length > 1 || from == to || chain[0].Node.OpType == "Transpose");
        return mayBeInOrder || (length > 1 && from.Dims.Sort().AsSpan().SequenceEqual(to.Dims.Sort().AsSpan()));
    }

    /// <summary>True when axes of more than one element change their order.</summary>
    private static bool Moves(GraphEditor editor, Node transpose)
    {
        Shape shape = editor.ShapeOf(transpose.Inputs[0]);
        int last = -1;
        foreach (int axis in Axes.Permutation(transpose, shape.Rank))
        {
            if (shape[axis] == 1)
            {
                continue;
            }

            if (axis < last)
            {
                return true;
            }

            last = axis;
        }

        return false;
    }

    private static NodeSlot? Source(GraphEditor editor, NodeSlot slot) =>
        editor.Producer(slot.Node.Inputs[0], "Reshape") ?? editor.Producer(slot.Node.Inputs[0], "Transpose");

    /// <summary>How the last node of the chain walks the source; null when no view says it.</summary>
    private static TensorView? Walk(GraphEditor editor, List<NodeSlot> chain, int length)
    {
        Shape source = editor.ShapeOf(chain[length - 1].Node.Inputs[0]);
        if (source.ElementCount == 0)
        {
            return null;
        }

        TensorView? view = TensorView.Dense(ElementType.Float32, source);
        for (int i = length - 1; i >= 0 && view is not null; i--)
        {
            view = chain[i].Node.OpType == "Transpose"
                ? view.Transpose(Axes.Permutation(chain[i].Node, view.Rank))
                : view.TryReshape(editor.ShapeOf(chain[i].Node.Outputs[0]));
        }

        return view;
    }

    private static bool TryShorten(GraphEditor editor, NodeSlot slot, string source, TensorView view, int length)
    {
        Shape from = editor.ShapeOf(source);
        Shape to = view.Shape;
        if (view.IsDense)
        {
            if (from == to)
            {
                return editor.TryForward(slot, source);
            }

            if (length == 1 && slot.Node.OpType == "Reshape")
            {
                return false;
            }

            editor.Replace(slot, "Reshape", [source, editor.Longs(to.Dims.AsSpan())]);
            return true;
        }

        if (length == 1 || Permutation(from, view) is not { } permutation)
        {
            return false;
        }

        editor.Replace(slot, "Transpose", [source], NodeFactory.Permutation(permutation));
        return true;
    }

    /// <summary>The permutation by which the view walks a dense tensor; null when it is not a permutation of whole axes.</summary>
    private static int[]? Permutation(Shape from, TensorView view)
    {
        if (view.Rank != from.Rank)
        {
            return null;
        }

        long[] strides = TensorView.DenseStrides(from);
        var permutation = new int[from.Rank];
        var free = new Queue<int>(Enumerable.Range(0, from.Rank).Where(axis => from[axis] == 1));
        for (int i = 0; i < permutation.Length; i++)
        {
            if (view.Axes[i].Length == 0)
            {
                if (!free.TryDequeue(out permutation[i]))
                {
                    return null;
                }

                continue;
            }

            ViewFactor first = view.Axes[i][0];
            int axis = Enumerable.Range(0, from.Rank).FirstOrDefault(a => from[a] == first.Extent && strides[a] == first.Stride, -1);
            if (axis < 0 || view.Axes[i].Length != 1)
            {
                return null;
            }

            permutation[i] = axis;
        }

        return permutation;
    }
}
