using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Support;

/// <summary>Builds small ONNX models, sound or broken, as bytes.</summary>
internal sealed class OnnxBuilder
{
    private readonly WireWriter graph = new();
    private readonly List<(string Domain, long Version)> opsets = [];

    public OnnxBuilder Opset(long version, string domain = "")
    {
        opsets.Add((domain, version));
        return this;
    }

    public OnnxBuilder Input(string name, ElementType type, params long[] dims) => Value(11, name, type, [.. dims.Select(Dim)]);

    /// <summary>An input whose dimensions are messages made by <see cref="Dim"/> or <see cref="Symbol"/>.</summary>
    public OnnxBuilder InputOf(string name, ElementType type, params WireWriter[] dims) => Value(11, name, type, dims);

    public OnnxBuilder Output(string name, ElementType type, params long[] dims) => Value(12, name, type, [.. dims.Select(Dim)]);

    /// <summary>An output without a declared type.</summary>
    public OnnxBuilder Output(string name)
    {
        graph.Message(12, new WireWriter().Text(1, name));
        return this;
    }

    public OnnxBuilder Initializer(string name, ReadOnlySpan<float> values, params long[] dims) =>
        Initializer(Tensor(name, ElementType.Float32, dims).Bytes(9, MemoryMarshal.AsBytes(values)));

    public OnnxBuilder Initializer(string name, ReadOnlySpan<long> values, params long[] dims) =>
        Initializer(Tensor(name, ElementType.Int64, dims).Bytes(9, MemoryMarshal.AsBytes(values)));

    public OnnxBuilder Initializer(WireWriter tensor)
    {
        graph.Message(5, tensor);
        return this;
    }

    /// <summary>A Float32 initializer in an external file.</summary>
    public OnnxBuilder External(string name, long[] dims, params (string Key, string Value)[] entries)
    {
        WireWriter tensor = Tensor(name, ElementType.Float32, dims).Varint(14, 1);
        foreach ((string key, string value) in entries)
        {
            tensor.Message(13, new WireWriter().Text(1, key).Text(2, value));
        }

        return Initializer(tensor);
    }

    /// <summary>A Float32 initializer at a place of an external file.</summary>
    public OnnxBuilder External(string name, long[] dims, string location, long offset, long length) => External(
        name,
        dims,
        ("location", location),
        ("offset", offset.ToString(CultureInfo.InvariantCulture)),
        ("length", length.ToString(CultureInfo.InvariantCulture)));

    public OnnxBuilder Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        NodeIn("", op, inputs, outputs, attributes);

    public OnnxBuilder NodeIn(string domain, string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new WireWriter();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        foreach (string output in outputs)
        {
            node.Text(2, output);
        }

        node.Text(3, $"{op}_node").Text(4, op).Text(7, domain);
        foreach ((string name, object value) in attributes)
        {
            node.Message(5, Attribute(name, value));
        }

        graph.Message(1, node);
        return this;
    }

    /// <summary>A TensorProto without values.</summary>
    public static WireWriter Tensor(string name, ElementType type, params long[] dims) =>
        new WireWriter().Packed(1, dims).Varint(2, DataType(type)).Text(8, name);

    public static WireWriter Dim(long size) => new WireWriter().Varint(1, size);

    public static WireWriter Symbol(string name) => new WireWriter().Text(2, name);

    public byte[] Build()
    {
        WireWriter model = new WireWriter().Varint(1, 9).Message(7, graph);
        foreach ((string domain, long version) in opsets.Count > 0 ? opsets : [("", 18)])
        {
            model.Message(8, new WireWriter().Text(1, domain).Varint(2, version));
        }

        return model.ToArray();
    }

    private OnnxBuilder Value(int field, string name, ElementType type, WireWriter[] dims)
    {
        var shape = new WireWriter();
        foreach (WireWriter dim in dims)
        {
            shape.Message(1, dim);
        }

        WireWriter tensorType = new WireWriter().Varint(1, DataType(type)).Message(2, shape);
        graph.Message(field, new WireWriter().Text(1, name).Message(2, new WireWriter().Message(1, tensorType)));
        return this;
    }

    private static WireWriter Attribute(string name, object value)
    {
        WireWriter attribute = new WireWriter().Text(1, name);
        return value switch
        {
            float single => attribute.Fixed32(2, single).Varint(20, 1),
            long integer => attribute.Varint(3, integer).Varint(20, 2),
            string text => attribute.Text(4, text).Varint(20, 3),
            WireWriter tensor => attribute.Message(5, tensor).Varint(20, 4),
            long[] integers => attribute.Packed(8, integers).Varint(20, 7),
            ImmutableArray<byte> subgraph => attribute.Bytes(6, subgraph.AsSpan()).Varint(20, 5),
            _ => throw new ArgumentException($"no attribute of type {value.GetType()}", nameof(value)),
        };
    }

    private static long DataType(ElementType type) => type switch
    {
        ElementType.Float32 => 1,
        ElementType.UInt8 => 2,
        ElementType.Int8 => 3,
        ElementType.UInt16 => 4,
        ElementType.Int16 => 5,
        ElementType.Int32 => 6,
        ElementType.Int64 => 7,
        ElementType.Bool => 9,
        ElementType.Float16 => 10,
        ElementType.Float64 => 11,
        ElementType.UInt32 => 12,
        ElementType.UInt64 => 13,
        ElementType.BFloat16 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
