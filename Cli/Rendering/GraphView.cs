using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Options;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;

namespace FlashMem.Cli.Rendering;

/// <summary>Graphs as text, one line per node.</summary>
internal static class GraphView
{
    public static void Write(ModelGraph graph, TextWriter output)
    {
        output.WriteLine($"{graph.Name}: opset {graph.Opset}, {graph.Nodes.Length} nodes, {graph.Weights.Count} weights of "
            + $"{ByteSize.Format(graph.Weights.Values.Sum(weight => weight.Length))}");
        foreach (ValueInfo input in graph.Inputs)
        {
            output.WriteLine($"  input  {input.Name}: {input.Type} {input.Shape}");
        }

        foreach (ValueInfo result in graph.Outputs)
        {
            output.WriteLine($"  output {result.Name}: {result.Type} {result.Shape}");
        }

        foreach (Node node in graph.Nodes)
        {
            string inputs = string.Join(", ", node.Inputs.Select(name => name.Length == 0 ? "-" : $"{name}{Shape(graph, name)}"));
            string outputs = string.Join(", ", node.Outputs.Select(name => $"{name}{Shape(graph, name)}"));
            output.WriteLine($"  {node.OpType} ({inputs}) -> {outputs}");
        }
    }

    public static void Write(KernelGraph graph, TextWriter output)
    {
        output.WriteLine($"{graph.ModelName}: {graph.Kernels.Length} kernels, {graph.Buffers.Length} buffers, {graph.Weights.Length} weights of "
            + $"{ByteSize.Format(graph.Weights.Sum(weight => weight.Storage.Bytes))}");
        foreach (KernelNode kernel in graph.Kernels)
        {
            output.WriteLine($"  {kernel.Index,4} {KernelGraphText.Describe(kernel)}");
        }
    }

    private static Shape? Shape(ModelGraph graph, string name) => graph.Values.TryGetValue(name, out ValueInfo? value) ? value.Shape : null;
}
