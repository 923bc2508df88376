using System.Text;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Activations;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Tests.Graph.Lowering;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Activations;

public sealed class ActivationTypesTests
{
    [Property(MaxTest = 100)]
    public void Halves_and_back_is_the_same_graph(int seed)
    {
        KernelGraph graph = GraphCompiler.Compile(RandomLayerGraph.Build(seed), new LoweringOptions());
        KernelGraph halves = ActivationTypes.Set(graph, ElementType.Float16);
        Assert.Equal(Text(graph), Text(ActivationTypes.Set(halves, ElementType.Float32)));
        Assert.Equal(Text(halves), Text(ActivationTypes.Set(halves, ElementType.Float16)));
        Assert.Same(graph, ActivationTypes.Set(graph, ElementType.Float32));
    }

    [Property(MaxTest = 100)]
    public void Floats_are_halves_everywhere_and_all_else_is_as_it_was(int seed)
    {
        KernelGraph graph = GraphCompiler.Compile(RandomLayerGraph.Build(seed), new LoweringOptions());
        KernelGraph halves = ActivationTypes.Set(graph, ElementType.Float16);
        HashSet<int> kept = [.. graph.Kernels.Where(node => node.Fetch is not null).Select(node => node.Inputs[0].Id)];
        kept.UnionWith(graph.Inputs.Concat(graph.Outputs).Select(port => port.Buffer));
        ElementType Expected(int buffer) =>
            graph.Buffers[buffer].Type == ElementType.Float32 && !kept.Contains(buffer) ? ElementType.Float16 : graph.Buffers[buffer].Type;
        Assert.All(halves.Buffers, buffer => Assert.Equal(Expected(buffer.Id), buffer.Type));
        Assert.Equal(graph.Inputs.AsEnumerable(), halves.Inputs);
        Assert.Equal(graph.Outputs.AsEnumerable(), halves.Outputs);
        foreach ((KernelNode before, KernelNode after) in graph.Kernels.Zip(halves.Kernels))
        {
            Assert.Equal(Expected(after.Output), after.Desc.Output.Type);
            for (int i = 0; i < after.Inputs.Length; i++)
            {
                Assert.Equal(
                    after.Inputs[i].Kind == OperandKind.Buffer ? Expected(after.Inputs[i].Id) : before.Desc.Inputs[i].Type,
                    after.Desc.Inputs[i].Type);
            }

            Assert.Equal(before.Cost.Flops, after.Cost.Flops);
            Assert.Equal(before.Cost.WeightBytes, after.Cost.WeightBytes);
            Assert.True(after.Cost.OutputBytes <= before.Cost.OutputBytes);
        }

        Assert.Equal(graph.Weights.AsEnumerable(), halves.Weights);
    }

    [Fact]
    public void Other_types_are_refused() => Assert.Throws<ArgumentException>(
        () => ActivationTypes.Set(GraphCompiler.Compile(RandomLayerGraph.Build(1), new LoweringOptions()), ElementType.BFloat16));

    private static string Text(KernelGraph graph)
    {
        using var stream = new MemoryStream();
        KernelGraphJson.Write(stream, graph);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
