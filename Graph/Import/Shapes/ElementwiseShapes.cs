using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.Onnx;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that compute each element from the elements at the same, possibly broadcast, position.</summary>
internal static class ElementwiseShapes
{
    private static readonly string[] Unary =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu",
        "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign",
        "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    ];

    private static readonly string[] Arithmetic = ["Add", "Sub", "Mul", "Div", "Mod"];

    private static readonly string[] Comparisons = ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"];

    private static readonly string[] Logic = ["And", "Or", "Xor"];

    private static readonly string[] Variadic = ["Max", "Min", "Sum", "Mean"];

    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        foreach (string name in Unary)
        {
            rules.Add(name, new ShapeRule(1, 1, 1, c => c.Output(0, Numeric(c, 0), c.Shape(0))));
        }

        foreach (string name in Arithmetic)
        {
            rules.Add(name, new ShapeRule(2, 2, 1, c =>
            {
                c.RequireSameType(0, 1);
                c.Output(0, Numeric(c, 0), Join(c));
            }));
        }

        foreach (string name in Comparisons)
        {
            rules.Add(name, new ShapeRule(2, 2, 1, c =>
            {
                c.RequireSameType(0, 1);
                c.Output(0, ElementType.Bool, Join(c));
            }));
        }

        foreach (string name in Logic)
        {
            rules.Add(name, new ShapeRule(2, 2, 1, c =>
            {
                Boolean(c, 0);
                Boolean(c, 1);
                c.Output(0, ElementType.Bool, Join(c));
            }));
        }

        foreach (string name in Variadic)
        {
            rules.Add(name, new ShapeRule(1, ImportLimits.NodeItems, 1, InferVariadic));
        }

        rules.Add("Pow", new ShapeRule(2, 2, 1, c => c.Output(0, Numeric(c, 0), Join(c))));
        rules.Add("PRelu", new ShapeRule(2, 2, 1, InferPRelu));
        rules.Add("Not", new ShapeRule(1, 1, 1, c =>
        {
            Boolean(c, 0);
            c.Output(0, ElementType.Bool, c.Shape(0));
        }));
        rules.Add("IsNaN", new ShapeRule(1, 1, 1, c => c.Output(0, ElementType.Bool, c.Shape(0))));
        rules.Add("IsInf", new ShapeRule(1, 1, 1, c => c.Output(0, ElementType.Bool, c.Shape(0))));
        rules.Add("Where", new ShapeRule(3, 3, 1, InferWhere));
        rules.Add("Clip", new ShapeRule(1, 3, 1, InferClip));
        rules.Add("Cast", new ShapeRule(1, 1, 1, InferCast));
        rules.Add("CastLike", new ShapeRule(2, 2, 1, c => c.Output(0, c.Type(1), c.Shape(0))));
        rules.Add("Identity", new ShapeRule(1, 1, 1, c => c.Output(0, c.Type(0), c.Shape(0))));
        rules.Add("Dropout", new ShapeRule(1, 3, 2, InferDropout));
    }

    /// <summary>Shape that inputs 0 and 1 broadcast to.</summary>
    private static Shape Join(ShapeContext c) => Join(c, c.Shape(0), 1);

    private static Shape Join(ShapeContext c, Shape shape, int input) =>
        Broadcast.TryJoin(shape, c.Shape(input)) ?? throw c.Error($"shapes {shape} and {c.Shape(input)} do not broadcast");

    private static ElementType Numeric(ShapeContext c, int input)
    {
        c.RequireType(input, type => type != ElementType.Bool, "a number type");
        return c.Type(input);
    }

    private static void Boolean(ShapeContext c, int input) => c.RequireType(input, type => type == ElementType.Bool, "Bool");

    private static void InferVariadic(ShapeContext c)
    {
        Shape shape = c.Shape(0);
        for (int i = 1; i < c.InputCount; i++)
        {
            c.Require(c.Has(i), $"input {i} is missing");
            c.RequireSameType(0, i);
            shape = Join(c, shape, i);
        }

        c.Output(0, Numeric(c, 0), shape);
    }

    private static void InferPRelu(ShapeContext c)
    {
        c.RequireSameType(0, 1);
        c.Require(Join(c) == c.Shape(0), $"slope {c.Shape(1)} does not broadcast to {c.Shape(0)}");
        c.Output(0, Numeric(c, 0), c.Shape(0));
    }

    private static void InferWhere(ShapeContext c)
    {
        Boolean(c, 0);
        c.RequireSameType(1, 2);
        c.Output(0, c.Type(1), Join(c, Join(c), 2));
    }

    private static void InferClip(ShapeContext c)
    {
        c.RequireSameType(0, 1, 2);
        for (int i = 1; i <= 2; i++)
        {
            c.Require(!c.Has(i) || c.Shape(i).ElementCount == 1, $"bound {i} is not a scalar");
        }

        c.Output(0, Numeric(c, 0), c.Shape(0));
    }

    private static void InferCast(ShapeContext c)
    {
        long to = c.Attribute("to", 0L);
        if (!OnnxTypes.TryConvert(to, out ElementType? type))
        {
            throw c.Error($"casts to element type {OnnxTypes.Describe(to)}, which is not supported");
        }

        c.Output(0, type.Value, c.Shape(0));
    }

    private static void InferDropout(ShapeContext c)
    {
        if (c.Has(2))
        {
            bool training = c.Constant(2)?.Bytes.Any(value => value != 0)
                ?? throw c.Error("training_mode is computed at run time; only inference is supported");
            c.Require(!training, "training_mode is true; only inference is supported");
        }

        c.Output(0, c.Type(0), c.Shape(0));
        c.Output(1, c.Opset >= 10 ? ElementType.Bool : c.Type(0), c.Shape(0));
    }
}
