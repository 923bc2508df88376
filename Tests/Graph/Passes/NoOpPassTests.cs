using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Simplification;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class NoOpPassTests
{
    private readonly GraphBuilder b = new();

    [Theory]
    [InlineData("Identity")]
    [InlineData("Dropout")]
    [InlineData("Concat")]
    [InlineData("Sum")]
    public void A_node_that_gives_back_its_input_goes(string opType)
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        string y = opType == "Concat" ? b.Op(opType, [x], ("axis", 0)) : b.Op(opType, [x]);
        AssertRemoved(y);
    }

    [Fact]
    public void Casts_pads_tiles_expands_and_slices_that_change_nothing_go()
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        x = b.Op("Cast", [x], ("to", 1));
        x = b.Op("Pad", [x, b.Longs(0, 0, 0, 0)]);
        x = b.Op("Tile", [x, b.Longs(1, 1)]);
        x = b.Op("Expand", [x, b.Longs(1, 3)]);
        x = b.Op("Slice", [x, b.Longs(0), b.Longs(9), b.Longs(1), b.Longs(1)]);
        AssertRemoved(x);
    }

    [Theory]
    [InlineData("Add", 0)]
    [InlineData("Sub", 0)]
    [InlineData("Mul", 1)]
    [InlineData("Div", 1)]
    [InlineData("Pow", 1)]
    public void Arithmetic_with_a_neutral_constant_goes(string opType, float neutral)
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        AssertRemoved(b.Op(opType, [x, b.Filled(neutral, 3)]));
    }

    [Theory]
    [InlineData("Sub", 0)]
    [InlineData("Div", 1)]
    public void A_neutral_constant_on_the_wrong_side_stays(string opType, float neutral)
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        ModelGraph result = PassAssert.Run(new NoOpPass(), b.Build(b.Op(opType, [b.Filled(neutral, 3), x])));
        Assert.Equal($"Relu {opType}", PassAssert.Operators(result));
    }

    [Fact]
    public void A_zero_mask_goes_and_a_broadcasting_zero_stays()
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        string masked = b.Op("Add", [x, b.Filled(0, 1, 3)]);
        string spread = b.Op("Add", [x, b.Filled(0, 4, 1, 1)]);
        ModelGraph result = PassAssert.Run(new NoOpPass(), b.Build(b.Op("Relu", [masked]), spread));
        Assert.Equal(1, PassAssert.Count(result, "Add"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_with_a_constant_condition_is_one_of_its_branches(bool condition)
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3)]);
        string y = b.Op("Relu", [b.Input("y", 2, 3)]);
        ModelGraph result = PassAssert.Run(
            new NoOpPass(), b.Build(b.Op("Relu", [b.Op("Where", [b.Bools([1, 3], condition, condition, condition), x, y])])));
        Assert.Equal("Relu Relu", PassAssert.Operators(result));
    }

    [Fact]
    public void A_reversing_slice_and_a_cropping_pad_stay()
    {
        string x = b.Input("x", 2, 3);
        string reversed = b.Op("Slice", [x, b.Longs(-1), b.Longs(-9), b.Longs(1), b.Longs(-1)]);
        string moved = b.Op("Pad", [x, b.Longs(0, 1, 0, -1)]);
        ModelGraph result = new NoOpPass().Run(b.Build(reversed, moved));
        Assert.Equal("Slice Pad", PassAssert.Operators(result));
    }

    [Fact]
    public void A_graph_output_keeps_its_name_and_an_output_that_is_an_input_keeps_its_node()
    {
        string x = b.Input("x", 2, 3);
        string relu = b.Op("Relu", [x]);
        string output = b.Op("Identity", [relu]);
        string copy = b.Op("Identity", [x]);
        ModelGraph result = PassAssert.Run(new NoOpPass(), b.Build(output, copy, b.Op("Relu", [relu])));
        Assert.Equal("Relu Identity Relu", PassAssert.Operators(result));
        Assert.Equal(output, result.Nodes[0].Outputs[0]);
        Assert.Equal(output, result.Nodes[2].Inputs[0]);
    }

    [Fact]
    public void A_graph_without_no_ops_comes_back_as_it_is()
    {
        ModelGraph graph = b.Build(b.Op("Add", [b.Input("x", ElementType.Float32, 2), b.Weight("w", 2)]));
        Assert.Same(graph, new NoOpPass().Run(graph));
    }

    private void AssertRemoved(string value)
    {
        ModelGraph result = PassAssert.Run(new NoOpPass(), b.Build(b.Op("Neg", [value])));
        Assert.Equal("Relu Neg", PassAssert.Operators(result));
    }
}
