namespace FlashMem.Graph.Import.Onnx;

/// <summary>A ModelProto as it stands in the file, before any check of meaning.</summary>
internal sealed class OnnxModel
{
    /// <summary>Operator set versions by domain; the standard domain is the empty name.</summary>
    public Dictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    public bool HasGraph { get; set; }

    public List<OnnxNode> Nodes { get; } = [];

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValue> Inputs { get; } = [];

    public List<OnnxValue> Outputs { get; } = [];

    public bool HasSparseInitializers { get; set; }
}

/// <summary>A NodeProto.</summary>
internal sealed class OnnxNode
{
    public string Name { get; set; } = "";

    public string OpType { get; set; } = "";

    public string Domain { get; set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    /// <summary>Attributes: the value types of <see cref="Ir.Node"/>, with an <see cref="OnnxTensor"/> in place of a constant.</summary>
    public Dictionary<string, object> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>What makes an attribute unsupported (attribute name and reason); null when all are supported.</summary>
    public string? Unsupported { get; set; }
}

/// <summary>A ValueInfoProto.</summary>
internal sealed class OnnxValue
{
    public string Name { get; set; } = "";

    /// <summary>ONNX data type number of a tensor; 0 when missing.</summary>
    public long DataType { get; set; }

    /// <summary>The type is declared and is not a dense tensor.</summary>
    public bool IsOtherType { get; set; }

    /// <summary>Declared dimensions; null without a shape.</summary>
    public List<OnnxDim>? Dims { get; set; }
}

/// <summary>A dimension: a value, a symbol, or neither.</summary>
internal readonly record struct OnnxDim(long? Value, string Symbol)
{
    public override string ToString() => Value?.ToString() ?? (Symbol.Length > 0 ? $"'{Symbol}'" : "unknown");
}
