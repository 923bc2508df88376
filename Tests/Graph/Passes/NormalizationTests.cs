using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;
using FlashMem.Graph.Passes.Normalization;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class NormalizationTests
{
    private readonly GraphBuilder b = new();

    [Fact]
    public void Squeeze_unsqueeze_flatten_and_reshape_become_reshape_to_a_full_shape()
    {
        string x = b.Op("Squeeze", [b.Input("x", 2, 1, 3, 4), b.Longs(1)]);
        x = b.Op("Unsqueeze", [x, b.Longs(0)]);
        x = b.Op("Reshape", [x, b.Longs(0, 0, -1)]);
        x = b.Op("Flatten", [x], ("axis", 2));
        ModelGraph result = PassAssert.Run(new ReshapePass(), b.Build(x));
        Assert.Equal("Reshape Reshape Reshape Reshape", PassAssert.Operators(result));
        Assert.Equal([1, 2, 12], result.Constants[result.Nodes[2].Inputs[1]].Longs());
        Assert.Same(result, new ReshapePass().Run(result));
    }

    [Fact]
    public void Attribute_axes_of_old_operator_sets_are_read()
    {
        var old = new GraphBuilder(opset: 9);
        string x = old.Op("Squeeze", [old.Input("x", 1, 2, 1, 3)], ("axes", new[] { 0L }));
        string[] parts = old.Ops("Split", 2, [old.Op("Softmax", [x], ("axis", 1))], ("axis", 0), ("split", new[] { 1L, 1L }));
        ModelGraph result = PassAssert.RunAll(old.Build(parts[0], parts[1]));
        Assert.Equal(2, PassAssert.Count(result, "Slice"));
        Assert.Equal([1L], PassAssert.Single(result, "Softmax").Attributes["axis"] is long axis ? [axis] : []);
    }

    [Fact]
    public void Split_becomes_a_slice_for_every_output_that_is_read()
    {
        string[] parts = b.Ops("Split", 3, [b.Input("x", 2, 7)], ("axis", -1), ("num_outputs", 3));
        ModelGraph result = PassAssert.Run(new SplitPass(), b.Build(b.Op("Relu", [parts[0]]), parts[2]));
        Assert.Equal(2, PassAssert.Count(result, "Slice"));
        Assert.Equal(0, PassAssert.Count(result, "Split"));
    }

    [Fact]
    public void Split_by_uneven_sizes_keeps_values_and_drops_an_unread_first_output()
    {
        string[] parts = b.Ops("Split", 3, [b.Input("x", 6, 2), b.Longs(1, 2, 3)]);
        ModelGraph result = PassAssert.Run(new SplitPass(), b.Build(parts[1], parts[2]));
        Assert.Equal("Slice Slice", PassAssert.Operators(result));
    }

    [Fact]
    public void Gather_by_a_constant_run_of_indices_is_a_slice()
    {
        string x = b.Input("x", 2, 5, 3);
        string token = b.Op("Gather", [x, b.Longs([], -1)], ("axis", 1));
        string table = b.Op("Gather", [b.Weight("w", 9, 2), b.Longs([1, 3], 2, 3, 4)]);
        string even = b.Op("Gather", [x, b.Longs(0, 2, 4)], ("axis", 1));
        string nd = b.Op("GatherND", [b.Weight("v", 9, 2), b.Longs([1, 3, 1], 5, 6, 7)]);
        ModelGraph result = PassAssert.Run(new GatherSlicePass(), b.Build(token, table, even, nd));
        Assert.Equal(4, PassAssert.Count(result, "Slice"));
    }

    [Fact]
    public void Gather_by_other_indices_stays()
    {
        string x = b.Input("x", 5, 3);
        ModelGraph graph = b.Build(b.Op("Gather", [x, b.Longs(0, 2, 1)]), b.Op("Gather", [x, b.Longs(1, 1)]));
        Assert.Same(graph, new GatherSlicePass().Run(graph));
    }

    [Theory]
    [InlineData(1f, 1f, 0, 0)]
    [InlineData(1f, 1f, 0, 1)]
    [InlineData(0.25f, 0.35f, 1, 1)]
    [InlineData(0.5f, 0f, 1, 0)]
    public void Gemm_becomes_matmul_with_what_its_attributes_ask_for(float alpha, float beta, int transA, int transB)
    {
        string x = transA == 0 ? b.Input("x", 3, 4) : b.Input("x", 4, 3);
        string w = transB == 0 ? b.Weight("w", 4, 5) : b.Weight("w", 5, 4);
        string y = b.Op("Gemm", [x, w, b.Weight("c", 5)], ("alpha", alpha), ("beta", beta), ("transA", transA), ("transB", transB));
        ModelGraph result = PassAssert.Run(new GemmPass(), b.Build(y));
        Assert.Equal(0, PassAssert.Count(result, "Gemm"));
        Assert.Equal(1, PassAssert.Count(result, "MatMul"));
        Assert.Equal(transA + transB, PassAssert.Count(result, "Transpose"));
        Assert.Equal(beta == 0 ? 0 : 1, PassAssert.Count(result, "Add"));
    }

    [Fact]
    public void Gemm_without_bias_is_one_matmul()
    {
        ModelGraph result = PassAssert.Run(new GemmPass(), b.Build(b.Op("Gemm", [b.Input("x", 3, 4), b.Weight("w", 4, 5)])));
        Assert.Equal("MatMul", PassAssert.Operators(result));
    }

    [Fact]
    public void Powers_sums_and_divisions_take_cheaper_forms()
    {
        string x = b.Input("x_var", 2, 3);
        string square = b.Op("Pow", [x, b.Scalar(2)]);
        string root = b.Op("Pow", [x, b.Scalar(0.5f)]);
        string half = b.Op("Div", [x, b.Scalar(2)]);
        string third = b.Op("Div", [x, b.Scalar(3)]);
        ModelGraph result = PassAssert.Run(new ArithmeticPass(), b.Build(b.Op("Sum", [square, root, half, third])));
        Assert.Equal("Mul Sqrt Mul Div Add Add Add", PassAssert.Operators(result));
    }

    [Fact]
    public void Softmax_before_operator_set_13_flattens()
    {
        var old = new GraphBuilder(opset: 11);
        ModelGraph result = PassAssert.Run(new SoftmaxPass(), old.Build(old.Op("Softmax", [old.Input("x", 2, 3, 4)])));
        Assert.Equal("Reshape Softmax Reshape", PassAssert.Operators(result));
        ModelGraph current = b.Build(b.Op("Softmax", [b.Input("x", 2, 3, 4)], ("axis", 1)));
        Assert.Same(current, new SoftmaxPass().Run(current));
    }

    [Fact]
    public void Cast_like_becomes_cast()
    {
        ModelGraph result = PassAssert.Run(new CastLikePass(), b.Build(b.Op("CastLike", [b.Input("x", 2), b.Longs(0)])));
        Assert.Equal(7L, PassAssert.Single(result, "Cast").Attributes["to"]);
    }

    [Fact]
    public void Training_batch_normalisation_is_refused_by_name()
    {
        string y = b.Op(
            "BatchNormalization",
            [b.Input("x", 1, 2, 3, 3), b.Weight("s", 2), b.Weight("t", 2), b.Weight("m", 2), b.Weight("var", 2)]);
        ModelGraph graph = b.Build(y);
        Node training = graph.Nodes[0] with { Attributes = graph.Nodes[0].Attributes.SetItem("training_mode", 1L) };
        var error = Assert.Throws<ModelException>(() => new BatchNormalizationPass().Run(graph with { Nodes = [training] }));
        Assert.Contains(y, error.Message, StringComparison.Ordinal);
    }
}
