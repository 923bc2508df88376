using System.Text;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Support;

/// <summary>
/// Writes a model graph as an ONNX file with inline weights, for tests that must begin with a file. Attributes may be integers, floats or
/// lists of integers.
/// </summary>
internal static class OnnxWriter
{
    private const int AttributeFloat = 1;
    private const int AttributeInt = 2;
    private const int AttributeInts = 7;

    /// <param name="graph">Nodes, constants, inputs and outputs.</param>
    /// <param name="weights">Elements of every weight of the graph.</param>
    public static byte[] Write(ModelGraph graph, IReadOnlyDictionary<string, byte[]> weights)
    {
        var body = new Message();
        foreach (Node node in graph.Nodes)
        {
            body.Add(1, NodeOf(node));
        }

        body.Add(2, graph.Name);
        foreach ((string name, ConstantTensor constant) in graph.Constants.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            body.Add(5, Tensor(name, constant.Type, constant.Shape, constant.Bytes.AsSpan()));
        }

        foreach ((string name, WeightRef weight) in graph.Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            body.Add(5, Tensor(name, weight.Type, weight.Shape, weights[name]));
        }

        foreach (ValueInfo input in graph.Inputs)
        {
            body.Add(11, Value(input));
        }

        foreach (ValueInfo output in graph.Outputs)
        {
            body.Add(12, Value(output));
        }

        return new Message().Add(1, 8).Add(7, body).Add(8, new Message().Add(1, "").Add(2, graph.Opset)).ToArray();
    }

    private static Message NodeOf(Node node)
    {
        var message = new Message();
        foreach (string input in node.Inputs)
        {
            message.Add(1, input);
        }

        foreach (string output in node.Outputs)
        {
            message.Add(2, output);
        }

        message.Add(3, node.Name).Add(4, node.OpType);
        foreach ((string name, object value) in node.Attributes)
        {
            message.Add(5, Attribute(name, value));
        }

        return message;
    }

    private static Message Attribute(string name, object value)
    {
        Message message = new Message().Add(1, name);
        switch (value)
        {
            case float real:
                return message.Add(2, real).Add(20, AttributeFloat);
            case long integer:
                return message.Add(3, integer).Add(20, AttributeInt);
            case IEnumerable<long> list:
                foreach (long item in list)
                {
                    message.Add(8, item);
                }

                return message.Add(20, AttributeInts);
            default:
                throw new ArgumentException($"attribute '{name}' is a {value.GetType().Name}", nameof(value));
        }
    }

    private static Message Tensor(string name, ElementType type, Shape shape, ReadOnlySpan<byte> bytes)
    {
        var message = new Message();
        foreach (long dim in shape.Dims)
        {
            message.Add(1, dim);
        }

        return message.Add(2, TypeNumber(type)).Add(8, name).Add(9, bytes);
    }

    private static Message Value(ValueInfo info)
    {
        var shape = new Message();
        foreach (long dim in info.Shape.Dims)
        {
            shape.Add(1, new Message().Add(1, dim));
        }

        Message tensor = new Message().Add(1, TypeNumber(info.Type)).Add(2, shape);
        return new Message().Add(1, info.Name).Add(2, new Message().Add(1, tensor));
    }

    private static long TypeNumber(ElementType type) => type switch
    {
        ElementType.Float32 => 1,
        ElementType.Int32 => 6,
        ElementType.Int64 => 7,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not needed yet"),
    };

    /// <summary>A protobuf message under construction.</summary>
    private sealed class Message
    {
        private readonly List<byte> bytes = [];

        public Message Add(int field, long value)
        {
            Varint((ulong)field << 3);
            Varint((ulong)value);
            return this;
        }

        public Message Add(int field, float value)
        {
            Varint(((ulong)field << 3) | 5);
            bytes.AddRange(BitConverter.GetBytes(value));
            return this;
        }

        public Message Add(int field, string text) => Add(field, Encoding.UTF8.GetBytes(text));

        public Message Add(int field, Message inner) => Add(field, inner.ToArray());

        public Message Add(int field, ReadOnlySpan<byte> payload)
        {
            Varint(((ulong)field << 3) | 2);
            Varint((ulong)payload.Length);
            bytes.AddRange(payload);
            return this;
        }

        public byte[] ToArray() => [.. bytes];

        private void Varint(ulong value)
        {
            while (value >= 0x80)
            {
                bytes.Add((byte)(value | 0x80));
                value >>= 7;
            }

            bytes.Add((byte)value);
        }
    }
}
