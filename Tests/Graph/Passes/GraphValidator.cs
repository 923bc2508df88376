using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>Checks that a graph is well formed: order, names, value infos.</summary>
internal static class GraphValidator
{
    public static void AssertValid(ModelGraph graph)
    {
        HashSet<string> known = [.. graph.Inputs.Select(input => input.Name), .. graph.Constants.Keys, .. graph.Weights.Keys];
        foreach (Node node in graph.Nodes)
        {
            Assert.All(node.Inputs, input => Assert.True(input.Length == 0 || known.Contains(input), $"{node} reads unknown '{input}'"));
            Assert.All(node.Outputs.Where(output => output.Length > 0), output =>
            {
                Assert.True(known.Add(output), $"{node} writes '{output}' again");
                Assert.True(graph.Values.ContainsKey(output), $"'{output}' has no info");
            });
            if (ShapeInference.Supports(node))
            {
                Assert.All(
                    ShapeInference.Infer(node, graph.Opset, name => Info(graph, name), graph.Constants.GetValueOrDefault),
                    info => Assert.Equal(info, info.Name.Length == 0 ? info : graph.Values[info.Name]));
            }
        }

        Assert.All(graph.Outputs, output => Assert.Contains(output.Name, known));
        Assert.All(graph.Constants, constant => Assert.Equal(constant.Value.Shape, Info(graph, constant.Key).Shape));
    }

    private static ValueInfo Info(ModelGraph graph, string name) => graph.Values.TryGetValue(name, out ValueInfo? info) ? info
        : graph.Constants.TryGetValue(name, out ConstantTensor? constant) ? new ValueInfo(name, constant.Type, constant.Shape)
        : new ValueInfo(name, graph.Weights[name].Type, graph.Weights[name].Shape);
}
