using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Stages;
using FlashMem.Tests.Graph.Lowering;
using FlashMem.Tests.Graph.Passes;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Stages;

/// <summary>Stages of a graph, run one after the other with the reference kernels, give what the whole graph gives.</summary>
public sealed class GraphStagesTests
{
    [Property(MaxTest = 150)]
    public void Random_networks_cut_anywhere_keep_their_values(int seed, byte count)
    {
        KernelGraph graph = GraphCompiler.Lower(RandomLayerGraph.Build(seed), LoweringCheck.Exact);
        if (graph.Kernels.IsEmpty)
        {
            return;
        }

        ImmutableArray<GraphStage> stages = GraphStages.Cut(graph, Cuts.Random(graph.Kernels.Length, count, seed));

        Assert.Equal(graph.Kernels.Length, stages.Sum(stage => stage.Graph.Kernels.Length));
        Assert.All(stages, stage => KernelGraphAssert.IsWellFormed(stage.Graph));
        CheckValues(graph, stages);
    }

    [Fact]
    public void A_value_that_skips_a_stage_goes_straight_to_who_reads_it()
    {
        var b = new GraphBuilder();
        string x = b.Input("x", 4, 8);
        string early = b.Op("MatMul", [x, b.Weight("w0", 8, 8)]);
        string middle = b.Op("MatMul", [early, b.Weight("w1", 8, 8)]);
        string late = b.Op("MatMul", [middle, b.Weight("w2", 8, 8)]);
        KernelGraph graph = GraphCompiler.Lower(b.Build(b.Op("Concat", [late, early], ("axis", 0))), LoweringCheck.Exact);
        int[] products = [.. graph.Kernels.Where(kernel => kernel.PanelWeight >= 0).Select(kernel => kernel.Index)];
        Assert.Equal(3, products.Length);

        ImmutableArray<GraphStage> stages = GraphStages.Cut(graph, [0, products[1], products[2]]);

        Assert.Empty(stages[0].Arrivals);
        Crossing one = Assert.Single(stages[1].Arrivals);
        Assert.Equal((0, 1), (one.From, one.To));
        Assert.Contains(stages[2].Arrivals, crossing => crossing is { From: 0, To: 2 });
        Assert.Contains(stages[2].Arrivals, crossing => crossing is { From: 1, To: 2 });
        Assert.DoesNotContain(stages[1].Graph.Outputs, port => port.Name == one.Port);
        CheckValues(graph, stages);
    }

    [Fact]
    public void A_weight_of_two_stages_is_in_both_under_their_own_numbers()
    {
        var b = new GraphBuilder();
        string x = b.Input("x", 4, 8);
        string first = b.Op("Relu", [b.Op("MatMul", [x, b.Weight("other", 8, 8)])]);
        string second = b.Op("Relu", [b.Op("MatMul", [first, b.Weight("tied", 8, 8)])]);
        KernelGraph graph = GraphCompiler.Lower(b.Build(b.Op("MatMul", [second, "tied"])), LoweringCheck.Exact);
        int tied = graph.Weights.Single(weight => weight.Name == "tied").Id;
        int last = graph.Kernels.Last(kernel => kernel.PanelWeight == tied).Index;

        ImmutableArray<GraphStage> stages = GraphStages.Cut(graph, [0, last]);

        Assert.Contains(tied, stages[0].Weights);
        Assert.Equal([tied], stages[1].Weights);
        Assert.Equal("tied", stages[1].Graph.Weights[stages[1].Graph.Kernels[0].PanelWeight].Name);
        CheckValues(graph, stages);
    }

    [Fact]
    public void A_buffer_that_stages_write_part_by_part_holds_all_parts_at_its_end()
    {
        var b = new GraphBuilder();
        string x = b.Input("x", 4, 8);
        string[] parts = [.. Enumerable.Range(0, 3).Select(i => b.Op("MatMul", [x, b.Weight($"w{i}", 8, 8)]))];
        KernelGraph graph = GraphCompiler.Lower(b.Build(b.Op("Concat", parts, ("axis", 1))), LoweringCheck.Exact);
        Assert.Equal(3, graph.Kernels.Length);
        Assert.Single(graph.Kernels.Select(kernel => kernel.Output).Distinct());

        ImmutableArray<GraphStage> stages = GraphStages.Cut(graph, [0, 1, 2]);

        Assert.Equal([(0, 1), (1, 2)], stages.SelectMany(stage => stage.Arrivals).Select(crossing => (crossing.From, crossing.To)));
        Assert.Equal([0, 0, 1], stages.Select(stage => stage.Graph.Outputs.Count(port => port.Name == graph.Outputs[0].Name)));
        CheckValues(graph, stages);
    }

    [Fact]
    public void What_crosses_has_a_name_that_is_no_input_s_or_output_s()
    {
        KernelGraph graph = ThreeProducts();
        KernelBuffer between = graph.Buffers[graph.Kernels[0].Output];
        string natural = Assert.Single(GraphStages.Cut(graph, [0, 1])[1].Arrivals).Port;
        KernelGraph taken = graph with { Outputs = [graph.Outputs[0] with { Name = natural }] };

        string name = Assert.Single(GraphStages.Cut(taken, [0, 1])[1].Arrivals).Port;

        Assert.NotEqual(natural, name);
        Assert.Contains(between.Name, name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData(1)]
    [InlineData(0, 0)]
    [InlineData(0, 2, 1)]
    [InlineData(0, 3)]
    public void Cuts_that_leave_a_stage_empty_are_refused(params int[] starts)
    {
        var error = Assert.Throws<ArgumentException>(() => GraphStages.Cut(ThreeProducts(), [.. starts]));
        Assert.Contains("3 kernels", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Fetches with constant, given and computed ids, tied weights, tables: everything stays with its kernel.</summary>
    [Property(MaxTest = 100)]
    public void Every_kernel_finds_its_weights_and_buffers_again(int seed, byte count)
    {
        KernelGraph graph = new SyntheticModel(seed, 4 + (seed & 15)).Graph;
        foreach (GraphStage stage in GraphStages.Cut(graph, Cuts.Random(graph.Kernels.Length, count, seed)))
        {
            Assert.Equal([.. Enumerable.Range(0, stage.Weights.Length)], stage.Graph.Weights.Select(weight => weight.Id));
            Assert.Equal([.. Enumerable.Range(0, stage.Graph.Buffers.Length)], stage.Graph.Buffers.Select(buffer => buffer.Id));
            foreach (KernelNode kernel in stage.Graph.Kernels)
            {
                KernelNode whole = graph.Kernels[stage.FirstKernel + kernel.Index];
                Assert.Same(whole.Desc, kernel.Desc);
                Assert.Equal(graph.Buffers[whole.Output].Name, stage.Graph.Buffers[kernel.Output].Name);
                Assert.Equal(Names(graph, whole), Names(stage.Graph, kernel));
                Assert.Equal(whole.PanelWeight, kernel.PanelWeight < 0 ? -1 : stage.Weights[kernel.PanelWeight]);
                Assert.Equal(whole.Fetch?.Weight ?? -1, kernel.Fetch is { } fetch ? stage.Weights[fetch.Weight] : -1);
                Assert.Equal(
                    whole.Fetch is { IdBuffer: >= 0 } given ? graph.Buffers[given.IdBuffer].Name : null,
                    kernel.Fetch is { IdBuffer: >= 0 } taken ? stage.Graph.Buffers[taken.IdBuffer].Name : null);
            }
        }
    }

    private static IEnumerable<string> Names(KernelGraph graph, KernelNode kernel) => kernel.Inputs.Select(operand =>
        operand.Kind == OperandKind.Buffer ? graph.Buffers[operand.Id].Name : graph.Weights[operand.Id].Name);

    private static KernelGraph ThreeProducts()
    {
        var b = new GraphBuilder();
        string value = b.Input("x", 4, 8);
        for (int i = 0; i < 3; i++)
        {
            value = b.Op("MatMul", [value, b.Weight($"w{i}", 8, 8)]);
        }

        KernelGraph graph = GraphCompiler.Lower(b.Build(value), LoweringCheck.Exact);
        Assert.Equal(3, graph.Kernels.Length);
        return graph;
    }

    private static void CheckValues(KernelGraph graph, ImmutableArray<GraphStage> stages)
    {
        var weights = new Weights();
        Dictionary<string, ConstantTensor> values = graph.Inputs.ToDictionary(
            port => port.Name,
            port => Numbers.To(port.Type, port.Shape, [.. Enumerable.Range(0, (int)port.Shape.ElementCount).Select(i => Math.Sin(i + 1))]));
        ConstantTensor[] expected = ReferenceExecutor.Run(graph, values, weights);
        foreach (GraphStage stage in stages)
        {
            ConstantTensor[] made = ReferenceExecutor.Run(stage.Graph, values, weights);
            for (int i = 0; i < made.Length; i++)
            {
                values[stage.Graph.Outputs[i].Name] = made[i];
            }
        }

        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                expected[i].Bytes.SequenceEqual(values[graph.Outputs[i].Name].Bytes),
                $"output '{graph.Outputs[i].Name}' differs, stages start at "
                + string.Join(", ", stages.Select(stage => stage.FirstKernel)));
        }
    }

    /// <summary>Random floats, the same for a name every time.</summary>
    private sealed class Weights : IWeightReader
    {
        public void Read(WeightRef weight, long byteOffset, Span<byte> destination)
        {
            int seed = 17;
            foreach (char letter in weight.Name)
            {
                seed = unchecked((seed * 31) + letter);
            }

            var random = new Random(seed);
            float[] all = [.. Enumerable.Range(0, (int)weight.Shape.ElementCount).Select(_ => random.NextSingle() - 0.5f)];
            MemoryMarshal.AsBytes<float>(all).Slice((int)byteOffset, destination.Length).CopyTo(destination);
        }
    }
}
