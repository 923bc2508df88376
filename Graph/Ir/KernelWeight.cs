using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>A weight of a kernel graph: how the weight file stores it and where its values come from.</summary>
/// <param name="Id">Its index.</param>
/// <param name="Name">Name in the model.</param>
/// <param name="Storage">Layout in the weight file.</param>
/// <param name="Source">Where packing takes the values from; null once read back from a weight file.</param>
public sealed record KernelWeight(int Id, string Name, WeightStorage Storage, WeightSource? Source);

/// <summary>How a weight lies in the weight file.</summary>
public abstract record WeightStorage
{
    /// <summary>Payload bytes in the weight file.</summary>
    public abstract long Bytes { get; }
}

/// <summary>Column panels that stream through a MatMul or Conv. Its source view has axes [group, depth, column].</summary>
public sealed record PanelWeight(PanelLayout Layout) : WeightStorage
{
    public override long Bytes => Layout.TotalBytes;
}

/// <summary>Rows read by id, never resident (an embedding). Its source view has axes [row, element].</summary>
public sealed record RowWeight(long Rows, int RowElements, ElementType Type) : WeightStorage
{
    public long RowBytes => (long)RowElements * Type.SizeInBytes();

    public override long Bytes => checked(Rows * RowBytes);
}

/// <summary>A dense vector or table read through a view: bias, scale, mask, position table. Float32 or Int32.</summary>
public sealed record LinearWeight(ElementType Type, long Elements) : WeightStorage
{
    public override long Bytes => checked(Elements * Type.SizeInBytes());
}

/// <summary>Where a weight's values come from at packing.</summary>
public abstract record WeightSource
{
    /// <summary>Walks the source tensor in the order that the storage wants; its offset and strides count source elements.</summary>
    public required TensorView View { get; init; }
}

/// <summary>A tensor of a model file.</summary>
public sealed record StoredSource(WeightRef Tensor) : WeightSource;

/// <summary>A value computed once at packing from weights and constants (for example a folded batch normalisation).</summary>
public sealed record ComputedSource(ConstantGraph Graph) : WeightSource;

/// <summary>A subgraph without inputs: its nodes read only constants and weights.</summary>
public sealed record ConstantGraph(
    ImmutableArray<Node> Nodes,
    ImmutableDictionary<string, ConstantTensor> Constants,
    ImmutableDictionary<string, WeightRef> Weights,
    int Opset,
    ValueInfo Output);
