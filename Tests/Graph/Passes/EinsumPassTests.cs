using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Normalization.Einsum;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class EinsumPassTests
{
    private readonly GraphBuilder b = new();

    public static TheoryData<string, long[], long[]> Pairs => new()
    {
        { "bhij,hg->bgij", [2, 3, 4, 5], [3, 6] },
        { "bij,bjk->bik", [2, 3, 4], [2, 4, 5] },
        { "bhwc,hkc->bhwk", [2, 3, 4, 5], [3, 6, 5] },
        { "i,i->", [4], [4] },
        { "i,j->ij", [3], [4] },
        { "ij,jk->ki", [2, 3], [3, 4] },
        { "ij,kl->jl", [2, 3], [4, 5] },
        { "ijk,kji->i", [2, 3, 4], [4, 3, 2] },
        { "abc,cd->abd", [2, 3, 4], [4, 5] },
        { "ij,ij->ij", [2, 3], [2, 3] },
        { "ij,ij->ij", [2, 3], [1, 3] },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_contraction_of_two_operands_becomes_matmul(string equation, long[] left, long[] right)
    {
        string y = b.Op("Einsum", [b.Input("x", left), b.Input("y", right)], ("equation", equation));
        ModelGraph result = PassAssert.Run(new EinsumPass(), b.Build(y));
        Assert.Equal(0, PassAssert.Count(result, "Einsum"));
        Assert.Equal(1, PassAssert.Count(result, "MatMul"));
    }

    [Theory]
    [InlineData("ij->ji", "Transpose")]
    [InlineData("ij->j", "ReduceSum")]
    [InlineData("ij->", "ReduceSum")]
    [InlineData("ij->ij", "Identity")]
    public void One_operand_is_summed_and_transposed(string equation, string operators)
    {
        ModelGraph result = PassAssert.Run(new EinsumPass(), b.Build(b.Op("Einsum", [b.Input("x", 2, 3)], ("equation", equation))));
        Assert.Equal(operators, PassAssert.Operators(result));
    }

    [Fact]
    public void Three_operands_are_contracted_from_the_left()
    {
        string y = b.Op("Einsum", [b.Input("x", 2, 3), b.Input("y", 3, 4), b.Input("z", 4, 5)], ("equation", "ij, jk, kl -> il"));
        Assert.Equal(2, PassAssert.Count(PassAssert.Run(new EinsumPass(), b.Build(y)), "MatMul"));
    }

    [Fact]
    public void A_weight_on_the_left_moves_to_the_right()
    {
        string y = b.Op("Einsum", [b.Weight("w", 3, 6), b.Input("x", 2, 3, 4, 5)], ("equation", "hg,bhij->bgij"));
        Node product = PassAssert.Single(PassAssert.Run(new EinsumPass(), b.Build(y)), "MatMul");
        Assert.Equal("w", product.Inputs[1]);
    }

    [Fact]
    public void An_ellipsis_broadcasts_from_the_right()
    {
        string x = b.Input("x", 2, 3, 4, 5);
        string y = b.Op("Einsum", [x, b.Input("y", 3, 5, 6)], ("equation", "...ij,...jk->...ik"));
        string written = b.Op("MatMul", [x, "y"]);
        ModelGraph result = new EinsumPass().Run(b.Build(y, written));
        var values = ReferenceEvaluator.Run(result);
        Assert.Equal(values[1].Elements.Select(each => Math.Round(each, 9)), values[0].Elements.Select(each => Math.Round(each, 9)));
    }

    [Fact]
    public void A_diagonal_is_refused_by_name()
    {
        string y = b.Op("Einsum", [b.Input("x", 3, 3)], ("equation", "ii->i"));
        var error = Assert.Throws<ModelException>(() => new EinsumPass().Run(b.Build(y)));
        Assert.Contains($"Einsum '{y}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("diagonal", error.Message, StringComparison.Ordinal);
    }
}
