using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Tests.Graph.Passes;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering.Splitting;

/// <summary>Fused tails as kernels of their own.</summary>
public class EpilogueSplitTests
{
    [Property(MaxTest = 200)]
    public void Split_kernels_keep_the_models_values(int seed, int which)
    {
        ModelGraph model = RandomLayerGraph.Build(seed);
        KernelGraph graph = GraphCompiler.Compile(model, LoweringCheck.Exact);
        int[] chosen = [.. Possible(graph).Where(kernel => ((which >> (kernel % 31)) & 1) == 0)];
        SplitGraph split = EpilogueSplit.Apply(graph, chosen);

        LoweringCheck.Check(model, split.Graph);
        Assert.Equal(graph.Kernels.Length + chosen.Length, split.Graph.Kernels.Length);
        Assert.Equal(chosen, split.Origins.GroupBy(origin => origin).Where(parts => parts.Count() == 2).Select(parts => parts.Key));
        Assert.Equal(graph.Weights, split.Graph.Weights);
    }

    /// <summary>The paper's example: MatMul + Add + GeLU.</summary>
    [Fact]
    public void The_bias_stays_with_the_product()
    {
        var b = new GraphBuilder(18);
        string x = b.Input("x", 1, 8, 16);
        string sum = b.Op("Add", [b.Op("MatMul", [x, b.Weight("w", 16, 32)]), b.Weight("bias", 32)]);
        string erf = b.Op("Erf", [b.Op("Div", [sum, b.Scalar(1.4142135f)])]);
        string gelu = b.Op("Mul", [b.Op("Mul", [sum, b.Op("Add", [erf, b.Scalar(1)])]), b.Scalar(0.5f)]);
        ModelGraph model = b.Build(gelu);
        KernelGraph graph = GraphCompiler.Compile(model, LoweringCheck.Exact);
        KernelNode whole = Assert.Single(graph.Kernels);

        KernelGraph parts = LoweringCheck.Check(model, EpilogueSplit.Apply(graph, [0]).Graph);
        Assert.Equal([KernelFamily.MatMul, KernelFamily.Elementwise], parts.Kernels.Select(kernel => kernel.Desc.Family));
        Assert.Equal(ElementwiseOp.Add, Assert.Single(parts.Kernels[0].Desc.Epilogue!.Instructions).Op);
        ElementwiseProgram tail = ((ElementwiseKernel)parts.Kernels[1].Desc).Program;
        Assert.Equal(whole.Desc.Epilogue!.Instructions.Length - 1, tail.Instructions.Length);
        Assert.Equal(1, tail.OperandCount);
        Assert.Equal(whole.PanelWeight, parts.Kernels[0].PanelWeight);
    }

    [Fact]
    public void What_has_no_fused_tail_is_refused()
    {
        var b = new GraphBuilder(18);
        KernelGraph graph = GraphCompiler.Compile(
            b.Build(b.Op("MatMul", [b.Input("x", 1, 8, 16), b.Weight("w", 16, 32)])), LoweringCheck.Exact);
        Assert.Empty(Possible(graph));
        Assert.Throws<ArgumentException>(() => EpilogueSplit.Apply(graph, [0]));
        Assert.Throws<ArgumentException>(() => EpilogueSplit.Apply(graph, [1]));
    }

    private static IEnumerable<int> Possible(KernelGraph graph) =>
        graph.Kernels.Where(EpilogueSplit.IsPossible).Select(kernel => kernel.Index);
}
