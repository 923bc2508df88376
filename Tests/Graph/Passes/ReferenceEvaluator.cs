using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Graph.Passes.Editing;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>
/// Evaluates small model graphs in double precision, straight from the ONNX definitions and those of the composites: the judge of whether
/// a pass keeps values. Inputs and weights get values made from their names.
/// </summary>
internal static class ReferenceEvaluator
{
    /// <summary>Both graphs give the same outputs, up to the rounding of folded float constants.</summary>
    public static void AssertSame(ModelGraph before, ModelGraph after)
    {
        ImmutableArray<ReferenceTensor> expected = Run(before);
        ImmutableArray<ReferenceTensor> actual = Run(after);
        Assert.Equal(before.Outputs.Select(output => output.Name), after.Outputs.Select(output => output.Name));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Shape, actual[i].Shape);
            for (int element = 0; element < expected[i].Elements.Length; element++)
            {
                double want = expected[i].Elements[element];
                double got = actual[i].Elements[element];
                bool isNear = want.Equals(got) || Math.Abs(want - got) <= 1e-4 + (1e-4 * Math.Abs(want));
                Assert.True(isNear, $"output {i} element {element}: {got}, expected {want}");
            }
        }
    }

    public static ImmutableArray<ReferenceTensor> Run(ModelGraph graph)
    {
        var values = new Dictionary<string, ReferenceTensor>();
        foreach (ValueInfo info in graph.Inputs)
        {
            values[info.Name] = Fill(info.Name, info.Type, info.Shape);
        }

        foreach (WeightRef weight in graph.Weights.Values)
        {
            values[weight.Name] = Fill(weight.Name, weight.Type, weight.Shape);
        }

        foreach ((string name, ConstantTensor constant) in graph.Constants)
        {
            values[name] = new ReferenceTensor(
                constant.Shape, [.. Enumerable.Range(0, (int)constant.Shape.ElementCount).Select(constant.DoubleAt)]);
        }

        foreach (Node node in graph.Nodes)
        {
            ReferenceTensor?[] inputs = [.. node.Inputs.Select(input => input.Length == 0 ? null : values[input])];
            ImmutableArray<Shape> shapes =
                [.. node.Outputs.Select(output => output.Length == 0 ? Shape.Scalar : graph.Values[output].Shape)];
            ReferenceTensor[] results = node.Domain == Composites.Domain
                ? [ReferenceComposites.Evaluate(node, inputs)]
                : ReferenceOperators.Evaluate(node, graph.Opset, inputs, shapes);
            for (int i = 0; i < results.Length; i++)
            {
                Assert.True(shapes[i] == results[i].Shape, $"{node}: output {i} is {results[i].Shape}, recorded as {shapes[i]}");
                values[node.Outputs[i]] = results[i];
            }
        }

        return [.. graph.Outputs.Select(output => values[output.Name])];
    }

    /// <summary>Values in [-1, 1) from the name and position; positive for variances, 0 and 1 for booleans, small for integers.</summary>
    private static ReferenceTensor Fill(string name, ElementType type, Shape shape)
    {
        ulong state = name.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL);
        double Next()
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            double uniform = (state >> 11) * Math.Pow(2, -53);
            return type == ElementType.Bool ? Math.Round(uniform)
                : !type.IsFloat() ? Math.Floor(uniform * 4)
                : name.Contains("var", StringComparison.Ordinal) ? 0.5 + uniform
                : (2 * uniform) - 1;
        }

        return ReferenceTensor.Make(shape, _ => Next());
    }
}
