using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

public sealed class ActivationPassTests
{
    private readonly GraphBuilder b = new();

    public static TheoryData<int> ErfForms => [0, 1, 2, 3];

    public static TheoryData<int> TanhForms => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(ErfForms))]
    public void Gelu_by_erf_is_found_in_any_commutation(int form)
    {
        // x is itself a sum, as after a linear layer.
        string x = b.Op("Add", [b.Input("x", 2, 3), b.Weight("b", 3)]);
        string argument = form switch
        {
            0 => b.Op("Div", [x, b.Scalar(1.4142135f)]),
            1 => b.Op("Mul", [b.Scalar(0.70710677f), x]),
            _ => b.Op("Mul", [x, b.Floats([1], 0.7071f)]),
        };
        string erf = b.Op("Erf", [argument]);
        string y = form switch
        {
            0 => b.Op("Mul", [x, b.Op("Mul", [b.Scalar(0.5f), b.Op("Add", [erf, b.Scalar(1)])])]),
            1 => b.Op("Mul", [b.Op("Mul", [x, b.Scalar(0.5f)]), b.Op("Add", [b.Scalar(1), erf])]),
            2 => b.Op("Mul", [b.Op("Mul", [b.Op("Add", [erf, b.Scalar(1)]), x]), b.Scalar(0.5f)]),
            _ => b.Op("Div", [b.Op("Add", [b.Op("Mul", [x, erf]), x]), b.Scalar(2)]),
        };
        AssertGelu(y, x, "none");
    }

    [Theory]
    [MemberData(nameof(TanhForms))]
    public void Gelu_by_tanh_is_found_in_any_commutation(int form)
    {
        string x = b.Op("Add", [b.Input("x", 2, 3), b.Weight("b", 3)]);
        string scale = b.Scalar(0.7978846f);
        string cubic = b.Scalar(0.044715f);
        string argument = form switch
        {
            0 => b.Op("Mul", [b.Op("Add", [x, b.Op("Mul", [b.Op("Pow", [x, b.Scalar(3)]), cubic])]), scale]),
            1 => b.Op("Mul", [scale, b.Op("Sum", [b.Op("Mul", [cubic, b.Op("Mul", [x, b.Op("Mul", [x, x])])]), x])]),
            2 => b.Op("Mul", [b.Op("Mul", [x, scale]), b.Op("Add", [b.Op("Mul", [b.Op("Mul", [x, cubic]), x]), b.Scalar(1)])]),
            _ => b.Op("Mul", [b.Op("Add", [x, b.Op("Mul", [b.Op("Mul", [b.Op("Pow", [x, b.Scalar(2)]), x]), cubic])]), scale]),
        };
        string one = b.Op("Add", [b.Op("Tanh", [argument]), b.Scalar(1)]);
        string y = form % 2 == 0
            ? b.Op("Mul", [b.Op("Mul", [x, b.Scalar(0.5f)]), one])
            : b.Op("Mul", [x, b.Op("Mul", [one, b.Scalar(0.5f)])]);
        AssertGelu(y, x, "tanh");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("tanh")]
    public void The_gelu_operator_becomes_the_composite(string approximate)
    {
        var recent = new GraphBuilder(opset: 20);
        ModelGraph result = PassAssert.RunAll(recent.Build(recent.Op("Gelu", [recent.Input("x", 4)], ("approximate", approximate))));
        Assert.Equal(approximate, PassAssert.Single(result, Composites.Gelu).Attributes[Composites.Approximate]);
        Assert.Equal(Composites.Domain, result.Nodes[0].Domain);
    }

    [Fact]
    public void A_gated_gelu_leaves_the_gate_outside()
    {
        string x = b.Input("x", 2, 3);
        string erf = b.Op("Erf", [b.Op("Div", [x, b.Scalar(1.4142135f)])]);
        string gelu = b.Op("Mul", [x, b.Op("Mul", [b.Scalar(0.5f), b.Op("Add", [erf, b.Scalar(1)])])]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Mul", [b.Input("gate", 2, 3), gelu])));
        Assert.Equal("Gelu Mul", PassAssert.Operators(result));
    }

    [Fact]
    public void Near_misses_stay_written_out()
    {
        string x = b.Input("x", 2, 3);
        string erf = b.Op("Erf", [b.Op("Div", [x, b.Scalar(1.5f)])]);
        string wrong = b.Op("Mul", [x, b.Op("Mul", [b.Scalar(0.5f), b.Op("Add", [erf, b.Scalar(1)])])]);
        string read = b.Op("Erf", [b.Op("Div", [x, b.Scalar(1.4142135f)])]);
        string shared = b.Op("Mul", [x, b.Op("Mul", [b.Scalar(0.5f), b.Op("Add", [read, b.Scalar(1)])])]);
        Assert.Equal(0, PassAssert.Count(PassAssert.RunAll(b.Build(wrong, read, shared)), "Gelu"));
    }

    [Fact]
    public void An_activation_of_weights_keeps_its_onnx_operators()
    {
        string w = b.Weight("w", 3);
        string silu = b.Op("Mul", [w, b.Op("Sigmoid", [w])]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Add", [b.Input("x", 3), silu])));
        Assert.Equal("Sigmoid Mul Add", PassAssert.Operators(result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Silu_is_found_on_either_side(bool left)
    {
        string x = b.Op("Add", [b.Input("x", 2, 3), b.Weight("b", 3)]);
        string sigmoid = b.Op("Sigmoid", [x]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Mul", left ? [x, sigmoid] : [sigmoid, x])));
        Assert.Equal("Add Silu", PassAssert.Operators(result));
    }

    [Fact]
    public void Another_gate_than_the_own_value_is_no_silu()
    {
        string gate = b.Op("Sigmoid", [b.Input("x", 2, 3)]);
        ModelGraph result = PassAssert.RunAll(b.Build(b.Op("Mul", [gate, b.Input("y", 2, 3)]), b.Op("Sigmoid", ["y"])));
        Assert.Equal(0, PassAssert.Count(result, Composites.Silu));
    }

    private void AssertGelu(string y, string x, string approximate)
    {
        ModelGraph result = PassAssert.RunAll(b.Build(y));
        Assert.Equal("Add Gelu", PassAssert.Operators(result));
        Assert.Equal(approximate, result.Nodes[1].Attributes[Composites.Approximate]);
        Assert.Equal(x, result.Nodes[1].Inputs[0]);
        Assert.Equal(y, result.Nodes[1].Outputs[0]);
    }
}
