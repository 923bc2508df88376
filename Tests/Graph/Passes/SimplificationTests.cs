using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Graph.Passes.Editing;
using FlashMem.Graph.Passes.Simplification;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class SimplificationTests
{
    private readonly GraphBuilder b = new();

    [Fact]
    public void Constant_arithmetic_is_folded_through_chains()
    {
        string sum = b.Op("Add", [b.Floats([2], 1, 2), b.Scalar(3)]);
        string product = b.Op("Mul", [sum, b.Scalar(2)]);
        ModelGraph result = PassAssert.Run(new ConstantFoldingPass(), b.Build(b.Op("Add", [b.Input("x", 2), product])));
        Assert.Equal("Add", PassAssert.Operators(result));
        Assert.Equal([8.0, 10.0], [result.Constants[product].DoubleAt(0), result.Constants[product].DoubleAt(1)]);
    }

    [Fact]
    public void A_large_result_stays_a_node()
    {
        string wide = b.Op("Expand", [b.Scalar(1), b.Longs(1024, 1024)]);
        ModelGraph graph = b.Build(b.Op("Add", [b.Input("x", 1024, 1024), wide]));
        Assert.Same(graph, new ConstantFoldingPass().Run(graph));
    }

    [Fact]
    public void What_depends_on_weights_stays_a_node()
    {
        ModelGraph graph = b.Build(b.Op("Add", [b.Input("x", 2), b.Op("Mul", [b.Weight("w", 2), b.Scalar(2)])]));
        Assert.Same(graph, new ConstantFoldingPass().Run(graph));
    }

    [Fact]
    public void Shapes_are_constants_and_graph_outputs_stay_node_outputs()
    {
        string x = b.Input("x", 2, 3, 4);
        string shape = b.Op("Shape", [b.Op("Relu", [x])], ("start", -2));
        string size = b.Op("Size", [x]);
        ModelGraph result = new DeadNodePass().Run(new ConstantFoldingPass().Run(b.Build(shape, size)));
        Assert.Equal("Identity Identity", PassAssert.Operators(result));
        Assert.Equal([3, 4], result.Constants[result.Nodes[0].Inputs[0]].Longs());
        Assert.Equal([24], result.Constants[result.Nodes[1].Inputs[0]].Longs());
        Assert.Same(result, PassPipeline.Run(result));
    }

    [Fact]
    public void Dead_nodes_go_with_their_constants_weights_and_infos()
    {
        string x = b.Input("x", 2);
        string dead = b.Op("Mul", [b.Op("Add", [x, b.Weight("w", 2)]), b.Scalar(2)]);
        ModelGraph result = new DeadNodePass().Run(b.Build(b.Op("Relu", [x])));
        Assert.Equal("Relu", PassAssert.Operators(result));
        Assert.Empty(result.Weights);
        Assert.Empty(result.Constants);
        Assert.False(result.Values.ContainsKey(dead));
    }

    [Fact]
    public void Equal_nodes_are_merged_and_unequal_attributes_are_not()
    {
        string x = b.Input("x", 2, 3);
        string first = b.Op("Softmax", [x], ("axis", 1));
        string second = b.Op("Softmax", [x], ("axis", 1));
        string other = b.Op("Softmax", [x], ("axis", 0));
        ModelGraph result = PassAssert.Run(
            new CommonSubexpressionPass(), b.Build(b.Op("Add", [b.Op("Add", [first, second]), other])));
        Assert.Equal("Softmax Softmax Add Add", PassAssert.Operators(result));
    }

    [Fact]
    public void Inverse_transposes_and_reshapes_back_vanish()
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3, 4)]);
        string y = b.Op("Transpose", [b.Op("Transpose", [x], ("perm", new[] { 2, 0, 1 }))], ("perm", new[] { 1, 2, 0 }));
        string z = b.Op("Reshape", [b.Op("Reshape", [y, b.Longs(6, 4)]), b.Longs(2, 3, 4)]);
        ModelGraph result = PassAssert.Run(new ViewChainPass(), b.Build(b.Op("Neg", [z])));
        Assert.Equal("Relu Neg", PassAssert.Operators(result));
    }

    [Fact]
    public void Transposes_merge_into_one_and_reshapes_merge_into_one()
    {
        string x = b.Input("x", 2, 3, 4);
        string y = b.Op("Transpose", [b.Op("Transpose", [x], ("perm", new[] { 1, 0, 2 }))], ("perm", new[] { 0, 2, 1 }));
        string z = b.Op("Reshape", [b.Op("Reshape", [y, b.Longs(12, 2)]), b.Longs(3, 8)]);
        ModelGraph result = PassAssert.Run(new ViewChainPass(), b.Build(z));
        Assert.Equal("Transpose Reshape", PassAssert.Operators(result));
        Assert.Equal([1L, 2, 0], result.Nodes[0].Integers("perm")!.Value);
    }

    [Fact]
    public void A_transpose_spelled_with_reshapes_is_one_transpose()
    {
        // The key of sam2: [2, 3, 5, 7] -> [6, 5, 7] -> [6, 7, 5] -> [2, 3, 7, 5].
        string x = b.Input("x", 2, 3, 5, 7);
        string y = b.Op("Transpose", [b.Op("Reshape", [x, b.Longs(6, 5, 7)])], ("perm", new[] { 0, 2, 1 }));
        ModelGraph result = PassAssert.Run(new ViewChainPass(), b.Build(b.Op("Reshape", [y, b.Longs(2, 3, 7, 5)])));
        Assert.Equal("Transpose", PassAssert.Operators(result));
    }

    [Fact]
    public void A_transpose_of_unit_axes_is_a_reshape()
    {
        string x = b.Input("x", 1, 3, 1, 4);
        ModelGraph result = PassAssert.Run(new ViewChainPass(), b.Build(b.Op("Transpose", [x], ("perm", new[] { 1, 0, 3, 2 }))));
        Assert.Equal("Reshape", PassAssert.Operators(result));
    }

    [Fact]
    public void An_intermediate_that_others_read_stays()
    {
        string x = b.Input("x", 2, 3);
        string middle = b.Op("Transpose", [x]);
        string back = b.Op("Transpose", [middle]);
        ModelGraph result = PassAssert.Run(new ViewChainPass(), b.Build(middle, b.Op("Relu", [back])));
        Assert.Equal("Transpose Relu", PassAssert.Operators(result));
        Assert.Equal("x", result.Nodes[1].Inputs[0]);
    }

    [Fact]
    public void A_chain_that_mixes_axes_stays()
    {
        string x = b.Input("x", 4, 6);
        string y = b.Op("Transpose", [b.Op("Reshape", [x, b.Longs(4, 2, 3)])], ("perm", new[] { 1, 0, 2 }));
        ModelGraph graph = b.Build(b.Op("Reshape", [y, b.Longs(8, 3)]));
        Assert.Same(graph, new ViewChainPass().Run(graph));
    }
}
