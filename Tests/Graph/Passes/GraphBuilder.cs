using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Makes small model graphs by hand; shapes of node outputs are inferred.</summary>
internal sealed class GraphBuilder(int opset = 18)
{
    private readonly List<Node> nodes = [];
    private readonly List<ValueInfo> inputs = [];
    private readonly Dictionary<string, ConstantTensor> constants = [];
    private readonly Dictionary<string, WeightRef> weights = [];
    private readonly Dictionary<string, ValueInfo> values = [];

    public string Input(string name, params long[] dims) => Input(name, ElementType.Float32, dims);

    public string Input(string name, ElementType type, params long[] dims)
    {
        var info = new ValueInfo(name, type, new Shape(dims));
        inputs.Add(info);
        values[name] = info;
        return name;
    }

    /// <summary>A weight whose bytes are never read.</summary>
    public string Weight(string name, params long[] dims) => Weight(name, ElementType.Float32, dims);

    public string Weight(string name, ElementType type, params long[] dims)
    {
        var shape = new Shape(dims);
        weights[name] = new WeightRef(name, type, shape, "weights.bin", 0, shape.ElementCount * type.SizeInBytes());
        values[name] = new ValueInfo(name, type, shape);
        return name;
    }

    public string Scalar(float value) => Floats([], value);

    public string Floats(long[] dims, params float[] elements) =>
        Constant(ElementType.Float32, dims, MemoryMarshal.AsBytes<float>(elements));

    public string Longs(params long[] elements) => Longs([elements.Length], elements);

    public string Longs(long[] dims, params long[] elements) => Constant(ElementType.Int64, dims, MemoryMarshal.AsBytes<long>(elements));

    public string Bools(long[] dims, params bool[] elements) =>
        Constant(ElementType.Bool, dims, elements.Select(element => (byte)(element ? 1 : 0)).ToArray());

    /// <summary>A constant with the same value everywhere.</summary>
    public string Filled(float value, params long[] dims)
    {
        var elements = new float[new Shape(dims).ElementCount];
        Array.Fill(elements, value);
        return Floats(dims, elements);
    }

    /// <summary>Adds a node and returns the name of its first output.</summary>
    public string Op(string opType, string[] inputs, params (string Name, object Value)[] attributes) =>
        Ops(opType, 1, inputs, attributes)[0];

    public string[] Ops(string opType, int outputs, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = $"{opType}_{nodes.Count}";
        var node = new Node
        {
            Name = name,
            OpType = opType,
            Inputs = [.. inputs],
            Outputs = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? name : $"{name}:{i}")],
            Attributes = attributes.ToImmutableDictionary(
                attribute => attribute.Name,
                attribute => attribute.Value switch
                {
                    int integer => (long)integer,
                    double real => (float)real,
                    long[] list => list.ToImmutableArray(),
                    int[] list => list.Select(item => (long)item).ToImmutableArray(),
                    var other => other,
                }),
        };
        ImmutableArray<ValueInfo> infos = ShapeInference.Infer(node, opset, value => values[value], constants.GetValueOrDefault);
        foreach (ValueInfo info in infos.Where(info => info.Name.Length > 0))
        {
            values[info.Name] = info;
        }

        nodes.Add(node);
        return [.. node.Outputs];
    }

    public ModelGraph Build(params string[] outputs) => new()
    {
        Name = "test",
        Opset = opset,
        Inputs = [.. inputs],
        Outputs = [.. outputs.Select(output => values[output])],
        Nodes = [.. nodes],
        Constants = constants.ToImmutableDictionary(),
        Weights = weights.ToImmutableDictionary(),
        Values = values.ToImmutableDictionary(),
        Hash = "",
    };

    private string Constant(ElementType type, long[] dims, ReadOnlySpan<byte> bytes)
    {
        string name = $"c{constants.Count}";
        var shape = new Shape(dims);
        Assert.Equal(shape.ElementCount * type.SizeInBytes(), bytes.Length);
        constants[name] = new ConstantTensor(type, shape, ImmutableArray.Create(bytes));
        values[name] = new ValueInfo(name, type, shape);
        return name;
    }
}
