using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>Split becomes one Slice per output that is read. The sizes are those of the outputs' shapes.</summary>
internal sealed class SplitPass() : RewritePass("Split")
{
    public override string Name => "splits";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        if (node.Outputs.Any(output => output.Length == 0))
        {
            throw new ModelException($"{node}: an output without a name has no known size");
        }

        string source = node.Inputs[0];
        int axis = Axes.Resolve(node, node.Attribute("axis", 0), editor.ShapeOf(source).Rank);
        long start = 0;
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            string output = node.Outputs[i];
            long end = start + editor.ShapeOf(output)[axis];
            (ImmutableArray<string> inputs, ImmutableDictionary<string, object> attributes) =
                NodeFactory.SliceForm(editor, source, axis, start, end, step: 1);
            if (i == 0)
            {
                // The first output keeps the node, and gives up the others.
                editor.Replace(slot, "Slice", inputs, attributes);
            }
            else if (!editor.IsUnused(output))
            {
                editor.Define(slot, output, "Slice", inputs, attributes);
            }

            start = end;
        }

        editor.Sweep(node.Outputs[0]);
    }
}
