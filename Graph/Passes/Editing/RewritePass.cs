using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>A pass that looks at every ONNX node of some operators, in order, and may rewrite around it.</summary>
internal abstract class RewritePass(params string[] operators) : IGraphPass
{
    private readonly HashSet<string> operators = [.. operators];

    public abstract string Name { get; }

    public ModelGraph Run(ModelGraph graph)
    {
        if (!graph.Nodes.Any(IsSubject))
        {
            return graph;
        }

        var editor = new GraphEditor(graph);
        foreach (NodeSlot slot in editor.Slots)
        {
            if (!slot.IsRemoved && IsSubject(slot.Node))
            {
                Rewrite(editor, slot);
            }
        }

        return editor.Finish();
    }

    protected abstract void Rewrite(GraphEditor editor, NodeSlot slot);

    private bool IsSubject(Node node) => operators.Contains(node.OpType) && node.IsOnnx();
}
