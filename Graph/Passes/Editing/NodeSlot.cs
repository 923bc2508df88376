using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>A node's place in the order of a graph under edit. It outlives the node: nodes inserted before it keep their place.</summary>
internal sealed class NodeSlot(Node node)
{
    public Node Node { get; internal set; } = node;

    public bool IsRemoved { get; internal set; }

    /// <summary>Slots inserted before this one, in order; null for none.</summary>
    internal List<NodeSlot>? Inserted { get; set; }
}
