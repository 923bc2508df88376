using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using Op = FlashMem.Abstractions.Kernels.ElementwiseOp;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Operators that compute every output element from the same element of their broadcast inputs, written as programs over primitive
/// operations. A rule gets the registers of the node's inputs (-1 for absent ones) and returns the register of the result.
/// </summary>
internal static class ElementwiseOperators
{
    private delegate int Rule(LoweringContext context, Node node, Expression expression, int[] inputs);

    /// <summary>Most instructions that a rule writes for one input, for the size limit of fused programs.</summary>
    private const int ComposedCost = 8;

    private static readonly Dictionary<string, (Rule Rule, int Cost)> Rules = new()
    {
        ["Abs"] = Unary(Op.Absolute),
        ["Neg"] = Unary(Op.Negate),
        ["Sign"] = Unary(Op.Sign),
        ["Reciprocal"] = Unary(Op.Reciprocal),
        ["Sqrt"] = Unary(Op.SquareRoot),
        ["Exp"] = Unary(Op.Exponential),
        ["Log"] = Unary(Op.Logarithm),
        ["Erf"] = Unary(Op.ErrorFunction),
        ["Sin"] = Unary(Op.Sine),
        ["Cos"] = Unary(Op.Cosine),
        ["Tan"] = Unary(Op.Tangent),
        ["Asin"] = Unary(Op.ArcSine),
        ["Acos"] = Unary(Op.ArcCosine),
        ["Atan"] = Unary(Op.ArcTangent),
        ["Sinh"] = Unary(Op.HyperbolicSine),
        ["Cosh"] = Unary(Op.HyperbolicCosine),
        ["Tanh"] = Unary(Op.HyperbolicTangent),
        ["Asinh"] = Unary(Op.ArcHyperbolicSine),
        ["Acosh"] = Unary(Op.ArcHyperbolicCosine),
        ["Atanh"] = Unary(Op.ArcHyperbolicTangent),
        ["Floor"] = Unary(Op.Floor),
        ["Ceil"] = Unary(Op.Ceiling),
        ["Round"] = Unary(Op.Round),
        ["Sigmoid"] = Unary(Op.Sigmoid),
        ["Softplus"] = Unary(Op.Softplus),
        ["IsNaN"] = Unary(Op.IsNaN),
        ["Not"] = Unary(Op.Not),
        ["flashmem.Silu"] = Unary(Op.Silu),
        ["Gelu"] = (Gelu, 1),
        ["flashmem.Gelu"] = (Gelu, 1),
        ["Relu"] = (Relu, 2),
        ["Cast"] = (Cast, 3),
        ["Clip"] = (Clip, 2),
        ["Swish"] = (Swish, 3),
        ["Mish"] = (Mish, 3),
        ["HardSigmoid"] = (HardSigmoid, ComposedCost),
        ["HardSwish"] = (HardSwish, ComposedCost),
        ["LeakyRelu"] = (LeakyRelu, ComposedCost),
        ["PRelu"] = (ParametricRelu, ComposedCost),
        ["Elu"] = (Elu, ComposedCost),
        ["Selu"] = (Selu, ComposedCost),
        ["Celu"] = (Celu, ComposedCost),
        ["Softsign"] = (Softsign, ComposedCost),
        ["ThresholdedRelu"] = (ThresholdedRelu, ComposedCost),
        ["Shrink"] = (Shrink, ComposedCost),
        ["IsInf"] = (IsInfinite, ComposedCost),
        ["Add"] = Variadic(Op.Add),
        ["Sum"] = Variadic(Op.Add),
        ["Min"] = Variadic(Op.Minimum),
        ["Max"] = Variadic(Op.Maximum),
        ["Mean"] = (Mean, ComposedCost),
        ["Sub"] = Variadic(Op.Subtract),
        ["Mul"] = Variadic(Op.Multiply),
        ["Div"] = Variadic(Op.Divide),
        ["And"] = Variadic(Op.And),
        ["Or"] = Variadic(Op.Or),
        ["Xor"] = Variadic(Op.Xor),
        ["Equal"] = Variadic(Op.Equal),
        ["Less"] = Variadic(Op.Less),
        ["LessOrEqual"] = Variadic(Op.LessOrEqual),
        ["Greater"] = Variadic(Op.Greater),
        ["GreaterOrEqual"] = Variadic(Op.GreaterOrEqual),
        ["Mod"] = (Modulo, 1),
        ["Pow"] = (Power, 3),
        ["Where"] = (Where, 1),
    };

    public static bool Handles(Node node) => Rules.ContainsKey(node.Operator());

    /// <summary>Upper estimate of the instructions that the node adds to a program.</summary>
    public static int Cost(Node node) => Rules[node.Operator()].Cost + Math.Max(0, node.Inputs.Length - 1);

    /// <summary>Writes the node into the expression; <paramref name="inputs"/> are registers, -1 for absent inputs.</summary>
    public static int Lower(LoweringContext context, Node node, Expression expression, int[] inputs) =>
        Rules[node.Operator()].Rule(context, node, expression, inputs);

    private static (Rule, int) Unary(Op op) => ((_, _, e, x) => e.Emit(op, x[0]), 1);

    private static (Rule, int) Variadic(Op op) => ((_, _, e, x) =>
    {
        int result = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            result = e.Emit(op, result, x[i]);
        }

        return result;
    }, 1);

    private static int Mean(LoweringContext context, Node node, Expression e, int[] x)
    {
        int sum = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            sum = e.Emit(Op.Add, sum, x[i]);
        }

        return e.Emit(Op.Multiply, sum, Number(e, 1.0 / x.Length));
    }

    private static int Gelu(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(node.Attribute("approximate", "none") == "tanh" ? Op.GeluTanh : Op.Gelu, x[0]);

    private static int Relu(LoweringContext context, Node node, Expression e, int[] x) => e.TypeOf(x[0]) == ElementType.Float32
        ? e.Emit(Op.Relu, x[0])
        : e.Emit(Op.Maximum, x[0], e.Constant(0, ElementType.Int32));

    private static int Swish(LoweringContext context, Node node, Expression e, int[] x)
    {
        float alpha = node.Attribute("alpha", 1f);
        return alpha == 1
            ? e.Emit(Op.Silu, x[0])
            : e.Emit(Op.Multiply, x[0], e.Emit(Op.Sigmoid, e.Emit(Op.Multiply, x[0], Number(e, alpha))));
    }

    private static int Mish(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(Op.Multiply, x[0], e.Emit(Op.HyperbolicTangent, e.Emit(Op.Softplus, x[0])));

    private static int HardSigmoid(LoweringContext context, Node node, Expression e, int[] x) =>
        HardSigmoid(e, x[0], node.Attribute("alpha", 0.2f), node.Attribute("beta", 0.5f));

    private static int HardSwish(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(Op.Multiply, x[0], HardSigmoid(e, x[0], 1.0 / 6, 0.5));

    private static int HardSigmoid(Expression e, int x, double alpha, double beta)
    {
        int line = e.Emit(Op.Add, e.Emit(Op.Multiply, x, Number(e, alpha)), Number(e, beta));
        return e.Emit(Op.Minimum, e.Emit(Op.Maximum, line, Number(e, 0)), Number(e, 1));
    }

    private static int LeakyRelu(LoweringContext context, Node node, Expression e, int[] x) =>
        Negative(e, x[0], e.Emit(Op.Multiply, x[0], Number(e, node.Attribute("alpha", 0.01f))));

    private static int ParametricRelu(LoweringContext context, Node node, Expression e, int[] x)
    {
        int below = e.Emit(Op.Less, x[0], e.Constant(0, e.TypeOf(x[0])));
        return e.Emit(Op.Select, e.Emit(Op.Multiply, x[0], x[1]), x[0], below);
    }

    private static int Elu(LoweringContext context, Node node, Expression e, int[] x) =>
        Negative(e, x[0], e.Emit(Op.Multiply, ExponentialMinusOne(e, x[0]), Number(e, node.Attribute("alpha", 1f))));

    private static int Selu(LoweringContext context, Node node, Expression e, int[] x)
    {
        float alpha = node.Attribute("alpha", 1.67326319217681884765625f);
        float gamma = node.Attribute("gamma", 1.05070102214813232421875f);
        int elu = Negative(e, x[0], e.Emit(Op.Multiply, ExponentialMinusOne(e, x[0]), Number(e, alpha)));
        return e.Emit(Op.Multiply, elu, Number(e, gamma));
    }

    private static int Celu(LoweringContext context, Node node, Expression e, int[] x)
    {
        float alpha = node.Attribute("alpha", 1f);
        int scaled = e.Emit(Op.Multiply, x[0], Number(e, 1.0 / alpha));
        return Negative(e, x[0], e.Emit(Op.Multiply, ExponentialMinusOne(e, scaled), Number(e, alpha)));
    }

    private static int Softsign(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(Op.Divide, x[0], e.Emit(Op.Add, e.Emit(Op.Absolute, x[0]), Number(e, 1)));

    private static int ThresholdedRelu(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(Op.Select, x[0], Number(e, 0), e.Emit(Op.Greater, x[0], Number(e, node.Attribute("alpha", 1f))));

    private static int Shrink(LoweringContext context, Node node, Expression e, int[] x)
    {
        ElementType type = e.TypeOf(x[0]);
        float lambda = node.Attribute("lambd", 0.5f);
        float bias = node.Attribute("bias", 0f);
        int below = e.Emit(Op.Less, x[0], e.Constant(-lambda, type));
        int above = e.Emit(Op.Greater, x[0], e.Constant(lambda, type));
        int high = e.Emit(Op.Select, e.Emit(Op.Subtract, x[0], e.Constant(bias, type)), e.Constant(0, type), above);
        return e.Emit(Op.Select, e.Emit(Op.Add, x[0], e.Constant(bias, type)), high, below);
    }

    private static int IsInfinite(LoweringContext context, Node node, Expression e, int[] x)
    {
        int positive = e.Emit(Op.Equal, x[0], Number(e, double.PositiveInfinity));
        int negative = e.Emit(Op.Equal, x[0], Number(e, double.NegativeInfinity));
        return (node.Attribute("detect_positive", 1L) != 0, node.Attribute("detect_negative", 1L) != 0) switch
        {
            (true, true) => e.Emit(Op.Or, positive, negative),
            (true, false) => positive,
            (false, true) => negative,
            _ => e.Constant(0, ElementType.Int32),
        };
    }

    private static int Clip(LoweringContext context, Node node, Expression e, int[] x)
    {
        ElementType type = e.TypeOf(x[0]);
        int low = x.Length > 1 && x[1] >= 0 ? x[1] : Bound("min");
        int high = x.Length > 2 && x[2] >= 0 ? x[2] : Bound("max");
        int result = low < 0 ? x[0] : e.Emit(Op.Maximum, x[0], e.Convert(low, type));
        return high < 0 ? result : e.Emit(Op.Minimum, result, e.Convert(high, type));

        int Bound(string name) => node.Attributes.ContainsKey(name) ? e.Constant(node.Attribute(name, 0f), type) : -1;
    }

    private static int Cast(LoweringContext context, Node node, Expression e, int[] x)
    {
        ElementType target = context.Info(node.Outputs[0]).Type;
        if (target == ElementType.Bool)
        {
            return e.Emit(Op.Not, e.Emit(Op.Equal, x[0], e.Constant(0, e.TypeOf(x[0]))));
        }

        if (target.IsFloat() || e.TypeOf(x[0]) == ElementType.Float32)
        {
            return e.Convert(x[0], LoweringContext.KernelType(target));
        }

        // A narrowing cast of integers keeps the low bits.
        (int low, int span) = target switch
        {
            ElementType.UInt8 => (0, 1 << 8),
            ElementType.Int8 => (-(1 << 7), 1 << 8),
            ElementType.UInt16 => (0, 1 << 16),
            ElementType.Int16 => (-(1 << 15), 1 << 16),
            _ => (0, 0),
        };
        if (span == 0)
        {
            return x[0];
        }

        int first = e.Constant(low, ElementType.Int32);
        int wrapped = e.Emit(Op.FloorModulo, e.Emit(Op.Subtract, x[0], first), e.Constant(span, ElementType.Int32));
        return e.Emit(Op.Add, wrapped, first);
    }

    private static int Modulo(LoweringContext context, Node node, Expression e, int[] x) =>
        e.Emit(node.Attribute("fmod", 0L) != 0 ? Op.Remainder : Op.FloorModulo, x[0], x[1]);

    private static int Power(LoweringContext context, Node node, Expression e, int[] x)
    {
        ElementType type = e.TypeOf(x[0]);
        if (context.Known(context.Input(node, 1)) is { } exponent && exponent.IsUniform())
        {
            switch (exponent.Number(0))
            {
                case 1:
                    return x[0];
                case 2:
                    return e.Emit(Op.Multiply, x[0], x[0]);
                case 3:
                    return e.Emit(Op.Multiply, e.Emit(Op.Multiply, x[0], x[0]), x[0]);
                case 0.5 when type == ElementType.Float32:
                    return e.Emit(Op.SquareRoot, x[0]);
            }
        }

        if (type == e.TypeOf(x[1]))
        {
            return e.Emit(Op.Power, x[0], x[1]);
        }

        int power = e.Emit(Op.Power, e.Convert(x[0], ElementType.Float32), e.Convert(x[1], ElementType.Float32));
        return e.Convert(power, type);
    }

    private static int Where(LoweringContext context, Node node, Expression e, int[] x) => e.Emit(Op.Select, x[1], x[2], x[0]);

    /// <summary><paramref name="below"/> where x is negative, else x.</summary>
    private static int Negative(Expression e, int x, int below) => e.Emit(Op.Select, below, x, e.Emit(Op.Less, x, Number(e, 0)));

    private static int ExponentialMinusOne(Expression e, int x) => e.Emit(Op.Subtract, e.Emit(Op.Exponential, x), Number(e, 1));

    private static int Number(Expression e, double value) => e.Constant(value, ElementType.Float32);
}
