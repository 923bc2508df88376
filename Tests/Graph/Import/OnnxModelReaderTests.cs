using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Import;

public class OnnxModelReaderTests
{
    [Fact]
    public void Large_inline_floats_become_weights_at_their_place_in_the_model_file()
    {
        float[] values = [.. Enumerable.Range(0, 8192).Select(i => (float)i)];
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", new OnnxBuilder()
            .Input("x", ElementType.Float32, 8192).Initializer("w", values, 8192).Node("Add", ["x", "w"], ["y"]).Output("y").Build());
        WeightRef weight = OnnxModelReader.Read(path).Weights["w"];
        Assert.Equal((path, 32768L), (weight.File, weight.Length));
        using var reader = new FileWeightReader();
        var bytes = new byte[8];
        reader.Read(weight, 4 * 8190, bytes);
        Assert.Equal([8190f, 8191f], new[] { BitConverter.ToSingle(bytes), BitConverter.ToSingle(bytes, 4) });
    }

    [Fact]
    public void Packed_float_data_is_a_weight_too_and_single_values_are_a_constant()
    {
        var packed = new byte[4 * 8192];
        WireWriter large = OnnxBuilder.Tensor("w", ElementType.Float32, 8192).Bytes(4, packed);
        WireWriter small = OnnxBuilder.Tensor("v", ElementType.Float32, 2).Fixed32(4, 1.5f).Fixed32(4, -2f);
        ModelGraph graph = Read(new OnnxBuilder().Input("x", ElementType.Float32, 1).Initializer(large).Initializer(small)
            .Node("Add", ["x", "w"], ["y"]).Node("Add", ["x", "v"], ["z"]).Output("y").Output("z"));
        Assert.Equal(32768, graph.Weights["w"].Length);
        Assert.Equal([1.5, -2], graph.Constants["v"].ToDouble());
    }

    [Theory]
    [InlineData(ElementType.Int64, 7, -3)]
    [InlineData(ElementType.Int32, 5, -3)]
    [InlineData(ElementType.Int8, 5, -3)]
    [InlineData(ElementType.UInt8, 5, 200)]
    [InlineData(ElementType.Bool, 5, 1)]
    [InlineData(ElementType.UInt32, 11, 4000000000)]
    public void Typed_integer_fields_are_decoded(ElementType type, int field, long value)
    {
        WireWriter tensor = OnnxBuilder.Tensor("c", type, 2).Packed(field, [value, value]);
        ModelGraph graph = Read(new OnnxBuilder().Initializer(tensor).Node("Identity", ["c"], ["y"]).Output("y"));
        Assert.Equal([value, value], graph.Constants["y"].ToInt64());
        Assert.Equal(2 * type.SizeInBytes(), graph.Constants["c"].Bytes.Length);
    }

    [Fact]
    public void Shape_arithmetic_is_folded_and_its_nodes_disappear()
    {
        ModelGraph graph = Read(new OnnxBuilder()
            .Input("x", ElementType.Float32, 2, 3, 4)
            .Initializer("one", new long[] { 1 }, 1).Initializer("rest", new long[] { -1 }, 1)
            .Node("Shape", ["x"], ["s"])
            .Node("Gather", ["s", "one"], ["d"])
            .Node("Concat", ["d", "rest"], ["t"], ("axis", 0L))
            .Node("Reshape", ["x", "t"], ["y"])
            .Output("y", ElementType.Float32, 3, 8));
        Assert.Equal("Reshape", Assert.Single(graph.Nodes).OpType);
        Assert.Equal([3, -1], graph.Constants["t"].ToInt64());
        Assert.Equal(new Shape(3, 8), graph.Values["y"].Shape);
    }

    [Fact]
    public void Nodes_out_of_order_are_sorted()
    {
        ModelGraph graph = Read(new OnnxBuilder().Input("x", ElementType.Float32, 2)
            .Node("Relu", ["a"], ["y"]).Node("Neg", ["x"], ["a"]).Output("y"));
        Assert.Equal(["Neg", "Relu"], graph.Nodes.Select(node => node.OpType));
    }

    [Fact]
    public void An_input_with_an_initializer_is_not_an_input()
    {
        ModelGraph graph = Read(new OnnxBuilder().Input("x", ElementType.Float32, 2).Input("w", ElementType.Float32, 2)
            .Initializer("w", [1f, 2f], 2).Node("Add", ["x", "w"], ["y"]).Output("y"));
        Assert.Equal("x", Assert.Single(graph.Inputs).Name);
    }

    [Fact]
    public void A_small_stored_tensor_is_read_when_a_shape_depends_on_it()
    {
        using var folder = new TemporaryFolder();
        byte[] dims = [.. BitConverter.GetBytes(3L), .. BitConverter.GetBytes(2L)];
        folder.Write("data.bin", dims);
        WireWriter shape = OnnxBuilder.Tensor("s", ElementType.Int64, 2).Varint(14, 1)
            .Message(13, new WireWriter().Text(1, "location").Text(2, "data.bin"));
        string path = folder.Write("model.onnx", new OnnxBuilder().Input("x", ElementType.Float32, 6).Initializer(shape)
            .Node("Reshape", ["x", "s"], ["y"]).Output("y").Build());
        ModelGraph graph = OnnxModelReader.Read(path);
        Assert.Equal(new Shape(3, 2), graph.Values["y"].Shape);
        Assert.Equal([3, 2], graph.Constants["s"].ToInt64());
        Assert.Empty(graph.Weights);
    }

    [Fact]
    public void The_hash_follows_the_content_and_not_the_name()
    {
        using var folder = new TemporaryFolder();
        byte[] model = Relu().Build();
        string first = OnnxModelReader.Read(folder.Write("a.onnx", model)).Hash;
        string second = OnnxModelReader.Read(folder.Write("b.onnx", model)).Hash;
        string other = OnnxModelReader.Read(folder.Write("c.onnx", Relu().Opset(17).Build())).Hash;
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void A_model_with_large_inline_weights_is_read_without_them_and_hashed_around_them()
    {
        const int Bytes = 65 * 1024 * 1024;
        const long AllowedAllocation = 2 * 1024 * 1024;
        using var folder = new TemporaryFolder();
        WireWriter tensor = OnnxBuilder.Tensor("w", ElementType.UInt8, Bytes).Bytes(9, new byte[Bytes]);
        string path = folder.Write("model.onnx", new OnnxBuilder().Input("x", ElementType.UInt8, 1).Initializer(tensor)
            .Node("Add", ["x", "w"], ["y"]).Output("y").Build());
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelGraph graph = OnnxModelReader.Read(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedAllocation);
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = graph.Weights["w"].Offset + 1000;
            file.WriteByte(1);
        }

        Assert.Equal(graph.Hash, OnnxModelReader.Read(path).Hash);
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "opset 6", "operator set 6; supported are 7 to 22" },
        { "opset 23", "operator set 23; supported are 7 to 22" },
        { "no opset", "does not say which version" },
        { "custom domain", "unsupported operator 'Fancy' of domain 'com.acme' at node 'Fancy_node'" },
        { "unknown operator", "unsupported operator 'Fancy' at node 'Fancy_node'" },
        { "subgraph", "attribute 'body' holds a subgraph" },
        { "symbolic", "dimension 0 of input 'x' is 'batch'" },
        { "unknown dimension", "dimension 1 of input 'x' is unknown" },
        { "negative dimension", "dimension 0 of input 'x' is -1" },
        { "huge input", "whose size overflows" },
        { "string input", "string (8)" },
        { "cycle", "cycle" },
        { "undefined", "input 'nothing' of Relu 'Relu_node' is not defined" },
        { "twice", "value 'y' is defined twice" },
        { "redefined input", "value 'x' is defined twice" },
        { "no output", "has no outputs" },
        { "lost output", "output 'z' is not made by any node" },
        { "wrong output", "output 'y' is declared float (1) [3] but its nodes make Float32 [2]" },
        { "raw length", "needs 8 bytes and has 7" },
        { "typed length", "needs 5 values and has 1" },
        { "no data", "needs 4611686018427387904 bytes" },
        { "runtime shape", "shape 's' is computed at run time" },
        { "divided by zero", "Div 'Div_node'" },
        { "no graph", "has no graph" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_model_that_cannot_be_read_says_why(string kind, string reason)
    {
        ModelException fault = Assert.Throws<ModelException>(() => Read(Make(kind)));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("model.onnx: ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public void Files_that_are_no_model_are_named()
    {
        using var folder = new TemporaryFolder();
        foreach (string path in (string[])[folder["absent.onnx"], folder.Path, folder.Write("empty.onnx", []), "\0", ""])
        {
            Assert.Throws<ModelException>(() => OnnxModelReader.Read(path));
        }
    }

    private static byte[] Make(string kind)
    {
        switch (kind)
        {
            case "opset 6":
                return Relu().Opset(6).Build();
            case "opset 23":
                return Relu().Opset(23).Build();
            case "no opset":
                return Relu().Opset(1, "com.acme").Build();
            case "custom domain":
                return X().NodeIn("com.acme", "Fancy", ["x"], ["y"]).Output("y").Build();
            case "unknown operator":
                return X().Node("Fancy", ["x"], ["y"]).Output("y").Build();
            case "subgraph":
                return X().Node("Loop", ["x"], ["y"], ("body", ImmutableArray<byte>.Empty)).Output("y").Build();
            case "symbolic":
                return new OnnxBuilder().InputOf("x", ElementType.Float32, OnnxBuilder.Symbol("batch"), OnnxBuilder.Dim(2)).Build();
            case "unknown dimension":
                return new OnnxBuilder().InputOf("x", ElementType.Float32, OnnxBuilder.Dim(2), new WireWriter()).Build();
            case "negative dimension":
                return new OnnxBuilder().Input("x", ElementType.Float32, -1).Build();
            case "huge input":
                return new OnnxBuilder().Input("x", ElementType.Float32, long.MaxValue, 2).Build();
            case "string input":
                WireWriter type = new WireWriter().Message(1, new WireWriter().Varint(1, 8));
                return new WireWriter()
                    .Message(7, new WireWriter().Message(11, new WireWriter().Text(1, "x").Message(2, type)))
                    .Message(8, new WireWriter().Varint(2, 18)).ToArray();
            case "cycle":
                return X().Node("Add", ["x", "b"], ["a"]).Node("Relu", ["a"], ["b"]).Output("b").Build();
            case "undefined":
                return X().Node("Relu", ["nothing"], ["y"]).Output("y").Build();
            case "twice":
                return X().Node("Relu", ["x"], ["y"]).Node("Neg", ["x"], ["y"]).Output("y").Build();
            case "redefined input":
                return X().Node("Relu", ["x"], ["x"]).Output("x").Build();
            case "no output":
                return X().Node("Relu", ["x"], ["y"]).Build();
            case "lost output":
                return X().Node("Relu", ["x"], ["y"]).Output("z").Build();
            case "wrong output":
                return X().Node("Relu", ["x"], ["y"]).Output("y", ElementType.Float32, 3).Build();
            case "raw length":
                return Relu().Initializer(OnnxBuilder.Tensor("w", ElementType.Float32, 2).Bytes(9, new byte[7])).Build();
            case "typed length":
                return Relu().Initializer(OnnxBuilder.Tensor("w", ElementType.Int64, 5).Packed(7, [1])).Build();
            case "no data":
                return Relu().Initializer(OnnxBuilder.Tensor("w", ElementType.Float32, 1L << 60)).Build();
            case "runtime shape":
                return X().Input("s", ElementType.Int64, 1).Node("Reshape", ["x", "s"], ["y"]).Output("y").Build();
            case "divided by zero":
                return new OnnxBuilder().Initializer("a", new long[] { 1 }, 1).Initializer("b", new long[] { 0 }, 1)
                    .Node("Div", ["a", "b"], ["y"]).Output("y").Build();
            case "no graph":
                return new WireWriter().Varint(1, 9).Message(8, new WireWriter().Varint(2, 18)).ToArray();
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    private static OnnxBuilder X() => new OnnxBuilder().Input("x", ElementType.Float32, 2);

    private static OnnxBuilder Relu() => X().Node("Relu", ["x"], ["y"]).Output("y");

    private static ModelGraph Read(OnnxBuilder model) => Read(model.Build());

    private static ModelGraph Read(byte[] model)
    {
        using var folder = new TemporaryFolder();
        return OnnxModelReader.Read(folder.Write("model.onnx", model));
    }
}
