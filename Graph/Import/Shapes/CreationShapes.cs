using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>Operators that make tensors from shapes and scalars.</summary>
internal static class CreationShapes
{
    public static void Add(Dictionary<string, ShapeRule> rules)
    {
        rules.Add("Shape", new ShapeRule(1, 1, 1, c =>
            c.Output(0, ElementType.Int64, ShapeOperators.Evaluate(c.Node, c.Shape(0)).Shape)));
        rules.Add("Size", new ShapeRule(1, 1, 1, c => c.Output(0, ElementType.Int64, Shape.Scalar)));
        rules.Add("ConstantOfShape", new ShapeRule(1, 1, 1, InferConstantOfShape));
        rules.Add("Range", new ShapeRule(3, 3, 1, InferRange));
    }

    private static void InferConstantOfShape(ShapeContext c)
    {
        ConstantTensor? value = c.Node.Tensor("value");
        c.Require(value is null || value.Shape.ElementCount == 1, $"value has shape {value?.Shape} instead of one element");
        c.Output(0, value?.Type ?? ElementType.Float32, c.Integers(0, "shape"));
    }

    private static void InferRange(ShapeContext c)
    {
        c.RequireSameType(0, 1, 2);
        var operands = new ConstantTensor[3];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = c.Constant(i) ?? throw c.Error("is computed at run time; only constant ranges are supported");
            c.Require(operands[i].Shape.ElementCount == 1, $"input {i} is not a scalar");
        }

        long count = RangeOperators.Count(operands[0], operands[1], operands[2])
            ?? throw c.Error("has step 0 or a bound that is not a number");
        c.Output(0, c.Type(0), new Shape(count));
    }
}
