using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Changes of element type, and operators that pass their input on.</summary>
internal static class CastOperators
{
    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Cast", c => [Conversion.To(c.Input(0), c.Type)]);
        operators.Add("CastLike", c => [Conversion.To(c.Input(0), c.Type)]);
        operators.Add("Identity", c => [c.Input(0)]);
        operators.Add("Dropout", Dropout);
    }

    // In inference nothing is dropped; the mask keeps every element.
    private static ConstantTensor[] Dropout(EvaluationContext c)
    {
        if (c.OutputCount < 2)
        {
            return [c.Input(0)];
        }

        ElementType maskType = c.Shapes.Opset >= 10 ? ElementType.Bool : c.Type;
        ConstantTensor one = Conversion.To(Constants.Of(1L), maskType);
        return [c.Input(0), Movement.Expand(one, c.Shape)];
    }
}
