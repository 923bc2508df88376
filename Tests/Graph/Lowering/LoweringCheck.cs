using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Tests.Graph.Passes;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>Lowers hand-made graphs and holds the kernels' results against the model's.</summary>
internal static class LoweringCheck
{
    /// <summary>Lowers without the rewriting passes, runs and compares; gives the kernel graph for further looks.</summary>
    public static KernelGraph Lower(ModelGraph model) => Check(model, GraphCompiler.Lower(model, Exact));

    /// <summary>Runs the passes first.</summary>
    public static KernelGraph Compile(ModelGraph model) => Check(model, GraphCompiler.Compile(model, Exact));

    /// <summary>Weights at full precision, so that only the order of arithmetic differs.</summary>
    public static LoweringOptions Exact => new() { WeightType = ElementType.Float32, PanelWidth = 4 };

    /// <summary>Runs kernels lowered from a model and compares with the model; gives the kernels back.</summary>
    public static KernelGraph Check(ModelGraph model, KernelGraph graph)
    {
        KernelGraphAssert.IsWellFormed(graph);

        // The passes' reference fills inputs and weights by name; a graph that outputs them tells their values.
        IEnumerable<ValueInfo> stored = model.Weights.Values.Select(weight => new ValueInfo(weight.Name, weight.Type, weight.Shape));
        ValueInfo[] given = [.. model.Inputs, .. stored];
        var values = ReferenceEvaluator.Run(model with { Nodes = [], Outputs = [.. given] })
            .Select((tensor, i) => (given[i].Name, Numbers.To(given[i].Type, given[i].Shape, tensor.Elements)))
            .ToDictionary(pair => pair.Name, pair => pair.Item2);

        ConstantTensor[] outputs = ReferenceExecutor.Run(graph, values, new Weights(values));
        var expected = ReferenceEvaluator.Run(model);
        for (int i = 0; i < outputs.Length; i++)
        {
            double[] got = Numbers.Of(outputs[i]);
            Assert.Equal(expected[i].Shape, outputs[i].Shape);
            for (int element = 0; element < got.Length; element++)
            {
                double want = expected[i].Elements[element];
                bool close = want.Equals(got[element]) || Math.Abs(want - got[element]) <= 1e-4 + (1e-4 * Math.Abs(want));
                Assert.True(close, $"output {i} element {element}: {got[element]}, expected {want}\n{Text(graph)}");
            }
        }

        return graph;
    }

    public static string Text(KernelGraph graph) => string.Join('\n', graph.Kernels.Select(KernelGraphText.Describe));

    private sealed class Weights(Dictionary<string, ConstantTensor> values) : IWeightReader
    {
        public void Read(WeightRef weight, long byteOffset, Span<byte> destination) =>
            ImmutableCollectionsMarshal.AsArray(values[weight.Name].Bytes).AsSpan((int)byteOffset, destination.Length).CopyTo(destination);
    }
}
