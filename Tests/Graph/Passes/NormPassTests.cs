using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class NormPassTests
{
    private readonly GraphBuilder b = new();

    public static TheoryData<int> Spellings => [0, 1, 2, 3];

    [Fact]
    public void Layer_normalization_becomes_the_composite()
    {
        string[] inputs = [b.Input("x", 2, 3, 4), b.Weight("s", 3, 4), b.Weight("b", 3, 4)];
        string y = b.Op("LayerNormalization", inputs, ("axis", 1), ("epsilon", 0.1));
        Node norm = PassAssert.Single(PassAssert.RunAll(b.Build(y)), Composites.LayerNorm);
        Assert.Equal(1L, norm.Attributes[Composites.Axis]);
        Assert.Equal(0.1f, norm.Attributes[Composites.Epsilon]);
        Assert.Equal(["x", "s", "b"], norm.Inputs);
    }

    [Fact]
    public void Mean_and_inverse_deviation_that_are_read_get_nodes_of_their_own()
    {
        string[] y = b.Ops("LayerNormalization", 3, [b.Input("x", 2, 5), b.Weight("s", 5)]);
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal(1, PassAssert.Count(result, Composites.LayerNorm));
        Assert.Equal(2, PassAssert.Count(result, "ReduceMean"));
    }

    [Fact]
    public void Rms_normalization_becomes_the_composite()
    {
        // Operator set 23; its shape is that of its input.
        string y = b.Op("Relu", [b.Input("x", 2, 4)]);
        ModelGraph graph = b.Build(b.Op("Identity", [y]));
        string s = b.Weight("s", 4);
        Node rms = graph.Nodes[1] with { OpType = "RMSNormalization", Inputs = [y, s] };
        graph = b.Build(graph.Outputs[0].Name) with { Nodes = [graph.Nodes[0], rms] };
        Assert.Equal("Relu RmsNorm", PassAssert.Operators(PassAssert.RunAll(graph)));
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Written_out_layer_normalisation_is_found(int spelling)
    {
        string x = b.Input("x", 2, 3, 8);
        string centered = b.Op("Sub", [x, Mean(x)]);
        string again = spelling == 1 ? b.Op("Sub", [x, Mean(x)]) : centered;
        string y = Normalized(centered, again, spelling);
        y = b.Op("Mul", spelling == 2 ? [b.Weight("s", 8), y] : [y, b.Weight("s", 8)]);
        y = b.Op("Add", [y, b.Weight("t", 1, 1, 8)]);
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal("LayerNorm", PassAssert.Operators(result));
        Assert.Equal(["x", "s", "t"], result.Nodes[0].Inputs);
        Assert.Equal(2L, result.Nodes[0].Attributes[Composites.Axis]);
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Written_out_rms_normalisation_is_found(int spelling)
    {
        string x = b.Op("Relu", [b.Input("x", 2, 3, 8)]);
        string y = b.Op("Mul", [b.Weight("s", 8), Normalized(x, x, spelling)]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Add", [y, b.Weight("t", 8)])));
        Assert.Equal("Relu RmsNorm Add", PassAssert.Operators(result));
    }

    [Fact]
    public void A_scale_that_is_no_weight_or_varies_outside_stays_behind_the_norm()
    {
        string x = b.Input("x", 2, 3, 8);
        string y = b.Op("Mul", [Normalized(x, x, 0), b.Weight("s", 3, 1)]);
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal("RmsNorm Mul", PassAssert.Operators(result));
    }

    [Fact]
    public void A_mean_over_other_axes_is_no_layer_norm()
    {
        string x = b.Input("x", 2, 3, 8);
        string square = b.Op("Mul", [x, x]);
        string mean = b.Op("ReduceMean", [square, b.Longs(1)], ("keepdims", 1));
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Div", [x, b.Op("Sqrt", [mean])])));
        Assert.Equal(0, PassAssert.Count(result, Composites.RmsNorm));
    }

    [Fact]
    public void Group_normalization_spreads_group_scales_before_operator_set_21()
    {
        string y = b.Op("GroupNormalization", [b.Input("x", 2, 6, 3), b.Weight("s", 3), b.Weight("t", 3)], ("num_groups", 3));
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal(3L, PassAssert.Single(result, Composites.GroupNorm).Attributes[Composites.Groups]);
    }

    [Fact]
    public void Instance_normalization_is_one_group_per_channel()
    {
        string y = b.Op("InstanceNormalization", [b.Input("x", 2, 6, 3, 3), b.Weight("s", 6), b.Weight("t", 6)]);
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal(6L, PassAssert.Single(result, Composites.GroupNorm).Attributes[Composites.Groups]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_exporters_spelling_of_group_norm_is_found(bool withAffine)
    {
        string x = b.Op("Relu", [b.Input("x", 1, 6, 2, 2)]);
        string grouped = b.Op("Reshape", [x, b.Longs(0, 3, -1)]);
        string y = b.Op("InstanceNormalization", [grouped, b.Filled(1, 3), b.Filled(0, 3)], ("epsilon", 1e-6));
        y = b.Op("Reshape", [y, b.Longs(1, 6, 2, 2)]);
        if (withAffine)
        {
            y = b.Op("Add", [b.Op("Mul", [y, b.Weight("s", 6, 1, 1)]), b.Weight("t", 1, 6, 1, 1)]);
        }

        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Relu", [y])));
        Assert.Equal("Relu GroupNorm Relu", PassAssert.Operators(result));
        Assert.Equal(withAffine ? [x, "s", "t"] : [x, ""], result.Nodes[1].Inputs);
        Assert.Equal(3L, result.Nodes[1].Attributes[Composites.Groups]);
    }

    [Fact]
    public void Group_norm_after_tokens_goes_back_to_an_image_keeps_values()
    {
        string tokens = b.Op("Relu", [b.Input("x", 1, 4, 6)]);
        string image = b.Op("Reshape", [b.Op("Transpose", [tokens], ("perm", new[] { 0, 2, 1 })), b.Longs(1, 6, 2, 2)]);
        string y = b.Op("InstanceNormalization", [b.Op("Reshape", [image, b.Longs(1, 2, 12)]), b.Filled(1, 2), b.Filled(0, 2)]);
        y = b.Op("Mul", [b.Op("Reshape", [y, b.Longs(1, 6, 2, 2)]), b.Weight("s", 6, 1, 1)]);
        Assert.Equal("Relu Transpose Reshape GroupNorm", PassAssert.Operators(PassAssert.RunAll(b.Build(y))));
    }

    private string Mean(string x) => b.Op("ReduceMean", [x, b.Longs(-1)], ("keepdims", 1));

    /// <summary>numerator / sqrt(mean(squared^2) + epsilon) in several spellings.</summary>
    private string Normalized(string numerator, string squared, int spelling)
    {
        string square = spelling == 0 ? b.Op("Mul", [squared, squared]) : b.Op("Pow", [squared, b.Scalar(2)]);
        string variance = b.Op("Add", spelling == 0 ? [b.Scalar(1e-5f), Mean(square)] : [Mean(square), b.Floats([1], 1e-5f)]);
        return spelling switch
        {
            0 => b.Op("Div", [numerator, b.Op("Sqrt", [variance])]),
            1 => b.Op("Div", [numerator, b.Op("Pow", [variance, b.Scalar(0.5f)])]),
            2 => b.Op("Mul", [b.Op("Reciprocal", [b.Op("Sqrt", [variance])]), numerator]),
            _ => b.Op("Mul", [numerator, b.Op("Div", [b.Scalar(1), b.Op("Sqrt", [variance])])]),
        };
    }
}
