using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Graph.Passes.Editing;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class AttentionPassTests
{
    private const float Lowest = float.MinValue;
    private readonly GraphBuilder b = new();

    [Fact]
    public void Scaled_scores_with_a_transposed_key_are_found_through_head_splits()
    {
        string q = Heads("q");
        string k = b.Op("Transpose", [b.Op("Reshape", [Token("k"), b.Longs(1, 5, 2, 3)])], ("perm", new[] { 0, 2, 3, 1 }));
        string scores = b.Op("Mul", [b.Op("MatMul", [q, k]), b.Scalar(0.5f)]);
        ModelGraph result = Fused(b.Op("MatMul", [b.Op("Softmax", [scores], ("axis", -1)), Heads("v")]), scale: 0.5f);
        Assert.Equal(3, PassAssert.Single(result, Composites.Attention).Inputs.Length);
        Assert.Equal(3, PassAssert.Count(result, "Transpose"));
    }

    [Fact]
    public void Scales_on_query_and_key_are_taken_from_under_views()
    {
        // Whisper scales q behind its linear, sam2 scales q and the transposed key.
        string q = b.Op("Mul", [Token("q"), b.Scalar(0.25f)]);
        q = b.Op("Transpose", [b.Op("Reshape", [q, b.Longs(1, 5, 2, 3)])], ("perm", new[] { 0, 2, 1, 3 }));
        string k = b.Op("Transpose", [b.Op("Reshape", [Heads("k"), b.Longs(-1, 5, 3)])], ("perm", new[] { 0, 2, 1 }));
        k = b.Op("Div", [b.Op("Reshape", [k, b.Longs(1, 2, 3, 5)]), b.Scalar(3)]);
        string scores = b.Op("MatMul", [b.Op("Mul", [q, b.Scalar(2)]), k]);
        ModelGraph result = Fused(b.Op("MatMul", [b.Op("Softmax", [scores]), Heads("v")]), scale: 0.25f * 2 / 3);
        Assert.Equal(0, PassAssert.Count(result, "Mul"));
        Assert.Equal(0, PassAssert.Count(result, "Div"));
        Assert.Equal(3, PassAssert.Count(result, "Transpose"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_added_mask_stays_a_mask(bool isActivation)
    {
        string mask = isActivation ? b.Input("mask", 1, 1, 5, 5) : b.Weight("mask", 2, 5, 5);
        ModelGraph result = Fused(Attend(scores => b.Op("Add", [mask, scores])), scale: 1);
        Assert.Equal(mask, PassAssert.Single(result, Composites.Attention).Inputs[3]);
    }

    [Fact]
    public void A_mask_under_a_scale_is_scaled()
    {
        string mask = b.Weight("mask", 5, 5);
        string y = Attend(scores => b.Op("Div", [b.Op("Add", [scores, mask]), b.Scalar(4)]));
        ModelGraph result = Fused(y, scale: 0.25f);
        string scaled = PassAssert.Single(result, Composites.Attention).Inputs[3];
        Assert.Equal(scaled, PassAssert.Single(result, "Mul").Outputs[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_causal_where_of_a_weight_becomes_an_additive_mask_of_weights(bool keepWhenTrue)
    {
        string causal = b.Op("Slice", [b.Weight("bias", ElementType.Bool, 1, 1, 9, 5), b.Longs(0), b.Longs(5), b.Longs(2)]);
        string other = b.Bools([5], true, true, keepWhenTrue, true, true);
        string y = Attend(scores =>
        {
            string causalScores = b.Op("Where", keepWhenTrue ? [causal, scores, b.Scalar(Lowest)] : [causal, b.Scalar(Lowest), scores]);
            return b.Op("Add", [causalScores, b.Op("Where", [other, b.Scalar(0), b.Scalar(-3)])]);
        });
        ModelGraph result = Fused(y, scale: 1);
        string mask = PassAssert.Single(result, Composites.Attention).Inputs[3];
        Assert.True(new GraphEditor(result).IsStatic(mask));
        Assert.Equal(0, PassAssert.Count(result, "Softmax"));
    }

    [Fact]
    public void A_weak_penalty_under_a_dynamic_condition_is_not_a_mask()
    {
        string keep = b.Input("keep", ElementType.Bool, 1, 1, 1, 5);
        string y = Attend(scores => b.Op("Where", [keep, scores, b.Scalar(-1e4f)]));
        Assert.Equal(0, PassAssert.Count(PassAssert.RunAll(b.Build(y)), Composites.Attention));
    }

    [Fact]
    public void Keys_shared_by_heads_are_repeated()
    {
        string scores = b.Op("MatMul", [Heads("q"), b.Op("Transpose", [b.Input("k", 1, 5, 3)], ("perm", new[] { 0, 2, 1 }))]);
        ModelGraph result = Fused(b.Op("MatMul", [b.Op("Softmax", [scores]), b.Input("v", 5, 4)]), scale: 1);
        Assert.Equal(2, PassAssert.Count(result, "Expand"));
    }

    [Fact]
    public void One_head_without_leading_axes_is_found()
    {
        string scores = b.Op("MatMul", [b.Input("q", 4, 3), b.Op("Transpose", [b.Input("k", 5, 3)])]);
        ModelGraph result = Fused(b.Op("MatMul", [b.Op("Softmax", [scores]), b.Input("v", 5, 6)]), scale: 1);
        Assert.Equal(["q", "k", "v"], PassAssert.Single(result, Composites.Attention).Inputs);
    }

    [Fact]
    public void Probabilities_that_others_read_stay()
    {
        string probabilities = b.Op("Softmax", [b.Op("MatMul", [Heads("q"), KeyTransposed()])]);
        string y = b.Op("MatMul", [probabilities, Heads("v")]);
        Assert.Equal(0, PassAssert.Count(PassAssert.RunAll(b.Build(y, probabilities)), Composites.Attention));
    }

    [Fact]
    public void Re_attention_between_softmax_and_value_is_not_fused()
    {
        string probabilities = b.Op("Softmax", [b.Op("MatMul", [Heads("q"), KeyTransposed()])]);
        string mixed = b.Op("Einsum", [probabilities, b.Weight("re", 2, 2)], ("equation", "bhij,hg->bgij"));
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("MatMul", [mixed, Heads("v")])));
        Assert.Equal(0, PassAssert.Count(result, Composites.Attention));
        Assert.Equal(1, PassAssert.Count(result, "Softmax"));
    }

    [Fact]
    public void A_softmax_over_another_axis_and_a_product_with_a_weight_are_not_fused()
    {
        string probabilities = b.Op("Softmax", [b.Op("MatMul", [Heads("q"), KeyTransposed()])], ("axis", 1));
        string first = b.Op("MatMul", [probabilities, Heads("v")]);
        string router = b.Op("Softmax", [b.Op("MatMul", [b.Input("x", 4, 3), b.Weight("w", 3, 5)])]);
        string second = b.Op("MatMul", [router, b.Input("u", 5, 2)]);
        Assert.Equal(0, PassAssert.Count(PassAssert.RunAll(b.Build(first, second)), Composites.Attention));
    }

    private ModelGraph Fused(string y, float scale)
    {
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Node attention = PassAssert.Single(result, Composites.Attention);
        Assert.Equal(0, PassAssert.Count(result, "Softmax"));
        Assert.Equal(scale, (float)attention.Attributes[Composites.Scale], 1e-6f);
        Assert.Equal(y, attention.Outputs[0]);
        return result;
    }

    private string Attend(Func<string, string> mask) =>
        b.Op("MatMul", [b.Op("Softmax", [mask(b.Op("MatMul", [Heads("q"), KeyTransposed()]))]), Heads("v")]);

    private string Token(string name) => b.Op("Relu", [b.Input(name, 1, 5, 6)]);

    private string Heads(string name) =>
        b.Op("Transpose", [b.Op("Reshape", [Token(name), b.Longs(1, 5, 2, 3)])], ("perm", new[] { 0, 2, 1, 3 }));

    private string KeyTransposed() => b.Op("Transpose", [Heads("k")], ("perm", new[] { 0, 1, 3, 2 }));
}
