using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Functions of one element, computed in double precision and rounded once; integers stay integers where that is exact.</summary>
internal static class UnaryOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        AddReal(operators, "Acos", _ => Math.Acos);
        AddReal(operators, "Acosh", _ => Math.Acosh);
        AddReal(operators, "Asin", _ => Math.Asin);
        AddReal(operators, "Asinh", _ => Math.Asinh);
        AddReal(operators, "Atan", _ => Math.Atan);
        AddReal(operators, "Atanh", _ => Math.Atanh);
        AddReal(operators, "Ceil", _ => Math.Ceiling);
        AddReal(operators, "Cos", _ => Math.Cos);
        AddReal(operators, "Cosh", _ => Math.Cosh);
        AddReal(operators, "Erf", _ => SpecialFunctions.Erf);
        AddReal(operators, "Exp", _ => Math.Exp);
        AddReal(operators, "Floor", _ => Math.Floor);
        AddReal(operators, "Log", _ => Math.Log);
        AddReal(operators, "Reciprocal", _ => x => 1 / x);
        AddReal(operators, "Round", _ => x => Math.Round(x, MidpointRounding.ToEven));
        AddReal(operators, "Sigmoid", _ => SpecialFunctions.Sigmoid);
        AddReal(operators, "Sin", _ => Math.Sin);
        AddReal(operators, "Sinh", _ => Math.Sinh);
        AddReal(operators, "Softplus", _ => SpecialFunctions.Softplus);
        AddReal(operators, "Softsign", _ => x => x / (1 + Math.Abs(x)));
        AddReal(operators, "Sqrt", _ => Math.Sqrt);
        AddReal(operators, "Tan", _ => Math.Tan);
        AddReal(operators, "Tanh", _ => Math.Tanh);
        AddReal(operators, "Mish", _ => x => x * Math.Tanh(SpecialFunctions.Softplus(x)));
        AddReal(operators, "HardSwish", _ => x => x * Math.Clamp((x / 6) + 0.5, 0, 1));
        AddReal(operators, "Swish", node => Swish(node.Attribute("alpha", 1f)));
        AddReal(operators, "Celu", node => Celu(node.Attribute("alpha", 1f)));
        AddReal(operators, "Elu", node => Elu(node.Attribute("alpha", 1f)));
        AddReal(operators, "Gelu", node =>
            node.Attribute("approximate", "none") == "tanh" ? SpecialFunctions.GeluTanh : SpecialFunctions.Gelu);
        AddReal(operators, "HardSigmoid", node => HardSigmoid(node.Attribute("alpha", 0.2f), node.Attribute("beta", 0.5f)));
        AddReal(operators, "LeakyRelu", node => LeakyRelu(node.Attribute("alpha", 0.01f)));
        AddReal(operators, "Selu", node => Selu(
            node.Attribute("alpha", 1.67326319217681884765625f), node.Attribute("gamma", 1.05070102214813232421875f)));
        AddReal(operators, "Shrink", node => Shrink(node.Attribute("lambd", 0.5f), node.Attribute("bias", 0f)));
        AddReal(operators, "ThresholdedRelu", node => ThresholdedRelu(node.Attribute("alpha", 1f)));
        AddExact(operators, "Abs", Math.Abs, x => x < 0 ? unchecked(-x) : x);
        AddExact(operators, "Neg", x => -x, x => unchecked(-x));
        AddExact(operators, "Relu", x => x < 0 ? 0 : x, x => Math.Max(x, 0));
        AddExact(operators, "Sign", x => double.IsNaN(x) ? x : Math.Sign(x), x => Math.Sign(x));
        operators.Add("IsNaN", c => [Test(c, double.IsNaN)]);
        operators.Add("IsInf", c => [Test(c, IsInfinity(c.Node))]);
    }

    private static void AddReal(
        Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators, string name, Func<Node, Func<double, double>> function) =>
        operators.Add(name, c => [MapReal(c, function(c.Node))]);

    private static void AddExact(
        Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators,
        string name,
        Func<double, double> real,
        Func<long, long> integer) =>
        operators.Add(name, c => [c.Type.IsFloat() ? MapReal(c, real) : MapInteger(c, integer)]);

    private static ConstantTensor MapReal(EvaluationContext c, Func<double, double> function)
    {
        double[] values = Conversion.ToDouble(c.Input(0));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = function(values[i]);
        }

        return Conversion.FromDouble(c.Type, c.Shape, values);
    }

    private static ConstantTensor MapInteger(EvaluationContext c, Func<long, long> function)
    {
        long[] values = Conversion.ToInt64(c.Input(0));
        for (int i = 0; i < values.Length; i++)
        {
            // An unsigned value above the range of Int64 looks negative; it is at least 1 and has no sign to take away.
            bool large = c.Type == ElementType.UInt64 && values[i] < 0;
            values[i] = !large ? function(values[i]) : c.Node.OpType == "Sign" ? 1 : values[i];
        }

        return Conversion.FromInt64(c.Type, c.Shape, values);
    }

    private static ConstantTensor Test(EvaluationContext c, Func<double, bool> test)
    {
        double[] values = Conversion.ToDouble(c.Input(0));
        byte[] result = [.. values.Select(value => (byte)(test(value) ? 1 : 0))];
        return Constants.Own(ElementType.Bool, c.Shape, result);
    }

    private static Func<double, bool> IsInfinity(Node node)
    {
        bool positive = node.Attribute("detect_positive", 1) != 0;
        bool negative = node.Attribute("detect_negative", 1) != 0;
        return x => (positive && double.IsPositiveInfinity(x)) || (negative && double.IsNegativeInfinity(x));
    }

    private static Func<double, double> Swish(double alpha) => x => x * SpecialFunctions.Sigmoid(alpha * x);

    private static Func<double, double> Celu(double alpha) => x => Math.Max(0, x) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1));

    private static Func<double, double> Elu(double alpha) => x => x < 0 ? alpha * (Math.Exp(x) - 1) : x;

    private static Func<double, double> HardSigmoid(double alpha, double beta) => x => Math.Clamp((alpha * x) + beta, 0, 1);

    private static Func<double, double> LeakyRelu(double alpha) => x => x < 0 ? alpha * x : x;

    private static Func<double, double> Selu(double alpha, double gamma) => x => x > 0 ? gamma * x : gamma * alpha * (Math.Exp(x) - 1);

    private static Func<double, double> Shrink(double lambda, double bias) =>
        x => x < -lambda ? x + bias : x > lambda ? x - bias : 0;

    private static Func<double, double> ThresholdedRelu(double alpha) => x => x > alpha ? x : 0;
}
