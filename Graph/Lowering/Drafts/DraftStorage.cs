using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering.Drafts;

/// <summary>An address space that views walk while the graph is being lowered.</summary>
internal abstract class DraftStorage(string name)
{
    /// <summary>Name of the model value it holds.</summary>
    public string Name { get; set; } = name;
}

/// <summary>An activation buffer under construction. Its layout may still change: <see cref="BufferPlacement"/>.</summary>
internal sealed class DraftBuffer(string name, ElementType type, long elements) : DraftStorage(name)
{
    public ElementType Type { get; set; } = type;

    public long Elements { get; } = elements;

    /// <summary>Bound by the caller, so its layout is the model's and no kernel writes it.</summary>
    public bool IsInput { get; init; }

    public List<DraftKernel> Writers { get; } = [];

    public List<DraftOperand> Readers { get; } = [];

    /// <summary>Every value that lies in the buffer, so that a new layout reaches them all.</summary>
    public List<LoweredValue> Values { get; } = [];

    /// <summary>Index in the finished graph; -1 until it is known to be used.</summary>
    public int Id { get; set; } = -1;
}

/// <summary>
/// A tensor of the model that is known before the run: a stored weight, a constant, or the result of nodes that read only those. Views
/// over it count its own elements; only when the graph is assembled does it become weights of the kernel graph.
/// </summary>
internal sealed class ConstantStorage(ValueInfo info) : DraftStorage(info.Name)
{
    /// <summary>Model type and shape; elements lie dense row-major.</summary>
    public ValueInfo Info { get; } = info;

    /// <summary>The stored tensor; null for a constant or a computed value.</summary>
    public WeightRef? Weight { get; init; }

    /// <summary>The bytes of a constant; null for a weight or a computed value.</summary>
    public ConstantTensor? Tensor { get; init; }
}
