using System.Collections.Immutable;

namespace FlashMem.Graph.Ir;

/// <summary>
/// One operator of a model with ONNX semantics. An absent optional input is an empty name. Attribute values are one of long, float,
/// string, <see cref="ConstantTensor"/>, ImmutableArray&lt;long&gt; or ImmutableArray&lt;float&gt;.
/// </summary>
public sealed record Node
{
    public required string Name { get; init; }

    public required string OpType { get; init; }

    /// <summary>Operator set domain; empty for the standard ONNX operators.</summary>
    public string Domain { get; init; } = "";

    public required ImmutableArray<string> Inputs { get; init; }

    public required ImmutableArray<string> Outputs { get; init; }

    public ImmutableDictionary<string, object> Attributes { get; init; } = ImmutableDictionary<string, object>.Empty;

    /// <summary>For errors: operator and node name.</summary>
    public override string ToString() => $"{OpType} '{Name}'";
}
