using System.Collections.Immutable;

namespace FlashMem.Graph.Ir;

/// <summary>
/// An imported model: nodes in topological order with ONNX semantics and static shapes. A value is a graph input, a node output, a
/// constant (bytes in memory) or a weight (a file range, never loaded here). Immutable; passes return a new graph.
/// </summary>
public sealed record ModelGraph
{
    /// <summary>File name without extension, or the zoo name.</summary>
    public required string Name { get; init; }

    /// <summary>Version of the standard operator set that the nodes follow.</summary>
    public required int Opset { get; init; }

    public required ImmutableArray<ValueInfo> Inputs { get; init; }

    public required ImmutableArray<ValueInfo> Outputs { get; init; }

    public required ImmutableArray<Node> Nodes { get; init; }

    public required ImmutableDictionary<string, ConstantTensor> Constants { get; init; }

    public required ImmutableDictionary<string, WeightRef> Weights { get; init; }

    /// <summary>Type and shape of every value, inferred at import.</summary>
    public required ImmutableDictionary<string, ValueInfo> Values { get; init; }

    /// <summary>XxHash128 (hex) of the model file without its external data: the model's identity in plans and weight files.</summary>
    public required string Hash { get; init; }
}
