using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class ConvAffinePassTests
{
    private readonly GraphBuilder b = new();

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void Batch_normalisation_folds_into_the_convolution_before_it(bool withBias, int groups)
    {
        string[] inputs = [b.Input("x", 1, 4, 4, 4), b.Weight("w", 6, 4 / groups, 3, 3)];
        string y = BatchNormalization(b.Op("Conv", withBias ? [.. inputs, b.Weight("b", 6)] : inputs, ("group", groups)), 6);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Relu", [y])));
        AssertOnlyConv(result, "Conv");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Batch_normalisation_folds_into_a_transposed_convolution(int groups)
    {
        string conv = b.Op("ConvTranspose", [b.Input("x", 1, 4, 3, 3), b.Weight("w", 4, 6 / groups, 2, 2)], ("group", groups));
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Relu", [BatchNormalization(conv, 6)])));
        AssertOnlyConv(result, "ConvTranspose");
    }

    [Fact]
    public void A_multiplication_and_an_addition_per_channel_fold()
    {
        string conv = b.Op("Conv", [b.Input("x", 1, 2, 3, 3), b.Weight("w", 4, 2, 2, 2)]);
        string scaled = b.Op("Mul", [b.Weight("s", 1, 4, 1, 1), conv]);
        string shifted = b.Op("Add", [scaled, b.Scalar(0.5f)]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Relu", [b.Op("Add", [shifted, b.Weight("t", 4, 1, 1)])])));
        AssertOnlyConv(result, "Conv");
    }

    [Fact]
    public void What_others_read_or_what_varies_over_positions_stays()
    {
        string x = b.Input("x", 1, 2, 3, 3);
        string shared = b.Op("Conv", [x, b.Weight("w", 4, 2, 2, 2)]);
        string other = b.Op("Conv", [x, b.Weight("v", 4, 2, 2, 2)]);
        string scaled = b.Op("Mul", [shared, b.Weight("s", 4, 1, 1)]);
        string positions = b.Op("Add", [other, b.Weight("p", 1, 4, 2, 2)]);
        ModelGraph graph = b.Build(shared, scaled, positions);
        Assert.Equal("Conv Conv Mul Add", PassAssert.Operators(PassAssert.RunAll(graph)));
    }

    [Fact]
    public void Batch_normalisation_alone_is_one_multiplication_and_one_addition()
    {
        string y = BatchNormalization(b.Op("Relu", [b.Input("x", 2, 3, 2, 2)]), 3);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Relu", [y])));
        Assert.Equal(["Relu", "Mul", "Add", "Relu"], Dynamic(result));
    }

    [Fact]
    public void Batch_normalisation_after_a_matmul_is_its_epilogue()
    {
        string y = BatchNormalization(b.Op("MatMul", [b.Input("x", 3, 4), b.Weight("w", 4, 5)]), 5);
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal(["MatMul", "Mul", "Add"], Dynamic(result));
    }

    private string BatchNormalization(string x, long channels) => b.Op(
        "BatchNormalization",
        [x, b.Weight("scale", channels), b.Weight("shift", channels), b.Weight("mean", channels), b.Weight("var", channels)]);

    /// <summary>Operators of the nodes that depend on an input.</summary>
    private static IEnumerable<string> Dynamic(ModelGraph graph)
    {
        var editor = new GraphEditor(graph);
        return graph.Nodes.Where(node => !editor.IsStatic(node.Outputs[0])).Select(node => node.OpType);
    }

    /// <summary>Everything but the convolution and the Relu is computed from weights alone.</summary>
    private static void AssertOnlyConv(ModelGraph graph, string conv)
    {
        Assert.Equal([conv, "Relu"], Dynamic(graph));
        Assert.True(new GraphEditor(graph).IsStatic(PassAssert.Single(graph, conv).Inputs[2]));
    }
}
