using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Tests.Graph.Passes;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>One small graph for each rule of lowering: the kernels that come out, and that they compute the right values.</summary>
public sealed class LoweringRuleTests
{
    private readonly GraphBuilder b = new(18);

    [Fact]
    public void BiasActivationAndResidualAreOneKernel()
    {
        string x = b.Input("x", 3, 8);
        string y = b.Op("Add", [b.Op("MatMul", [x, b.Weight("w", 8, 8)]), b.Weight("bias", 8)]);
        y = b.Op("Add", [x, b.Op("Mul", [y, b.Op("Sigmoid", [y])])]);
        KernelNode kernel = Assert.Single(LoweringCheck.Lower(b.Build(y)).Kernels);
        Assert.Equal(3, kernel.Desc.Epilogue!.OperandCount);
        Assert.Equal(["Add", "Sigmoid", "Multiply", "Add"], kernel.Desc.Epilogue.Instructions.Select(step => step.Op.ToString()));
    }

    [Fact]
    public void AResidualThatComesLaterDelaysTheKernel()
    {
        string x = b.Input("x", 3, 8);
        string early = b.Op("MatMul", [x, b.Weight("w", 8, 8)]);
        string late = b.Op("Softmax", [b.Op("MatMul", [x, b.Weight("v", 8, 8)])]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Add", [early, late])));
        Assert.Equal(["MatMul", "Softmax", "MatMul"], Families(graph));
        Assert.NotNull(graph.Kernels[2].Desc.Epilogue);
    }

    [Fact]
    public void AResultWithTwoReadersTakesNothingIn()
    {
        string x = b.Input("x", 3, 8);
        string y = b.Op("MatMul", [x, b.Weight("w", 8, 8)]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(y, b.Op("Relu", [y])));
        Assert.Equal(["MatMul", "Elementwise"], Families(graph));
    }

    [Fact]
    public void HeadsAreViews()
    {
        string x = b.Input("x", 1, 5, 8);
        string Heads(string w) => b.Op(
            "Transpose", [b.Op("Reshape", [b.Op("MatMul", [x, b.Weight(w, 8, 8)]), b.Longs(1, 5, 2, 4)])], ("perm", new[] { 0, 2, 1, 3 }));
        string k = b.Op("Transpose", [Heads("k")], ("perm", new[] { 0, 1, 3, 2 }));
        string scores = b.Op("Softmax", [b.Op("Mul", [b.Op("MatMul", [Heads("q"), k]), b.Scalar(0.5f)])]);
        string joined = b.Op("Transpose", [b.Op("MatMul", [scores, Heads("v")])], ("perm", new[] { 0, 2, 1, 3 }));
        string y = b.Op("MatMul", [b.Op("Reshape", [joined, b.Longs(1, 5, 8)]), b.Weight("o", 8, 8)]);
        KernelGraph graph = LoweringCheck.Compile(b.Build(y));
        Assert.Equal(["MatMul", "MatMul", "MatMul", "Attention", "MatMul"], Families(graph));
        Assert.Equal(1, graph.Kernels[4].Desc.Inputs[0].StrideOf(2));
    }

    [Fact]
    public void WindowsAreViewsAndTheResidualComesBackInImageOrder()
    {
        string x = b.Input("x", 1, 4, 6, 8);
        string windows = b.Op("Transpose", [b.Op("Reshape", [x, b.Longs(1, 2, 2, 3, 2, 8)])], ("perm", new[] { 0, 1, 3, 2, 4, 5 }));
        string y = b.Op("MatMul", [b.Op("Reshape", [windows, b.Longs(6, 4, 8)]), b.Weight("w", 8, 8)]);
        y = b.Op("Transpose", [b.Op("Reshape", [y, b.Longs(1, 2, 3, 2, 2, 8)])], ("perm", new[] { 0, 1, 3, 2, 4, 5 }));
        y = b.Op("Add", [b.Op("Reshape", [y, b.Longs(1, 4, 6, 8)]), x]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(y));
        Assert.Equal(["MatMul"], Families(graph));
        Assert.True(graph.Outputs[0].View.IsDense);
    }

    [Fact]
    public void PartsOfAConcatenationAreWrittenInPlace()
    {
        string x = b.Input("x", 1, 3, 4, 4);
        string left = b.Op("Conv", [x, b.Weight("w", 5, 3, 1, 1)]);
        string right = b.Op("Relu", [b.Op("Conv", [x, b.Weight("v", 2, 3, 1, 1)])]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Concat", [left, right], ("axis", 1))));
        Assert.Equal(["Conv", "Conv"], Families(graph));
        Assert.Equal(graph.Kernels[0].Output, graph.Kernels[1].Output);
    }

    [Fact]
    public void InputsAndRepeatedPartsOfAConcatenationAreCopied()
    {
        string x = b.Input("x", 2, 3);
        string y = b.Op("Softmax", [x]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Concat", [x, y, y], ("axis", 1))));
        Assert.Equal(["Softmax", "Copy", "Copy"], Families(graph).Order().Reverse());
    }

    [Fact]
    public void ATiedEmbeddingIsARowStoreAndAPanelWeight()
    {
        string ids = b.Input("ids", ElementType.Int64, 1, 5);
        string table = b.Weight("table", 600, 32);
        string x = b.Op("Add", [b.Op("Gather", [table, ids]), b.Weight("positions", 5, 32)]);
        string y = b.Op("MatMul", [x, b.Op("Transpose", [table], ("perm", new[] { 1, 0 }))]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(y));
        Assert.Equal(["Gather", "MatMul"], Families(graph));
        Assert.Equal(new RowWeight(600, 32, ElementType.Float32), graph.Weights[graph.Kernels[0].Fetch!.Weight].Storage);
        Assert.Equal(GatherMode.FetchedRows, ((GatherKernel)graph.Kernels[0].Desc).Mode);
        Assert.Equal(graph.Inputs[0].Buffer, graph.Kernels[0].Fetch!.IdBuffer);
        KernelWeight panels = graph.Weights[graph.Kernels[1].PanelWeight];
        Assert.Equal("table", panels.Name);
        Assert.Equal("Float32@0[][32:1][600:32]", panels.Source!.View.ToString());
    }

    [Fact]
    public void ConstantPositionsAreASliceOfTheTable()
    {
        string x = b.Input("x", 4, 8);
        string positions = b.Op("Gather", [b.Weight("table", 100, 8), b.Longs(2, 3, 4, 5)]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Add", [x, positions])));
        KernelWeight weight = Assert.Single(graph.Weights);
        Assert.Equal(new LinearWeight(ElementType.Float32, 32), weight.Storage);
        Assert.Equal("Float32@16[32:1]", Assert.IsType<StoredSource>(weight.Source).View.ToString());
    }

    [Fact]
    public void AWeightOnTheLeftIsStreamed()
    {
        string x = b.Input("x", 2, 6, 5);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("MatMul", [b.Weight("w", 7, 6), x])));
        KernelNode kernel = Assert.Single(graph.Kernels);
        Assert.Equal(new PanelLayout(1, 6, 7, ElementType.Float32, 4), kernel.Desc.Panels);
        Assert.Equal("Float32@0[][6:1][7:6]", graph.Weights[kernel.PanelWeight].Source!.View.ToString());
    }

    [Fact]
    public void TheSamePanelWeightUsedTwiceIsOne()
    {
        string x = b.Input("x", 2, 6);
        string w = b.Weight("w", 6, 6);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("MatMul", [b.Op("MatMul", [x, w]), w])));
        Assert.Equal(2, graph.Kernels.Length);
        Assert.Single(graph.Weights);
    }

    [Fact]
    public void ValuesOfWeightsAloneAreComputedAtPacking()
    {
        string x = b.Input("x", 2, 6);
        string w = b.Op("Mul", [b.Weight("w", 6, 6), b.Weight("scale", 6)]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("MatMul", [x, w])));
        Assert.Single(graph.Kernels);
        var source = Assert.IsType<ComputedSource>(Assert.Single(graph.Weights).Source);
        Assert.Equal(["scale", "w"], source.Graph.Weights.Keys.Order());
        Assert.Single(source.Graph.Nodes);
    }

    [Fact]
    public void AnUpsamplingTransposedConvolutionIsAMatrixProduct()
    {
        string x = b.Input("x", 1, 3, 4, 5);
        string y = b.Op("ConvTranspose", [x, b.Weight("w", 3, 2, 2, 2), b.Weight("bias", 2)], ("strides", new[] { 2, 2 }));
        KernelNode kernel = Assert.Single(LoweringCheck.Lower(b.Build(b.Op("Relu", [y]))).Kernels);
        Assert.Equal(new PanelLayout(1, 3, 8, ElementType.Float32, 4), Assert.IsType<MatMulKernel>(kernel.Desc).Weight);
    }

    [Fact]
    public void AnOverlappingTransposedConvolutionSpreadsItsInput()
    {
        string x = b.Input("x", 1, 4, 3, 3);
        string y = b.Op(
            "ConvTranspose",
            [x, b.Weight("w", 4, 3, 3, 3)],
            ("strides", new[] { 2, 2 }),
            ("pads", new[] { 1, 1, 1, 1 }),
            ("group", 2),
            ("output_padding", new[] { 1, 1 }));
        var conv = Assert.IsType<ConvKernel>(Assert.Single(LoweringCheck.Lower(b.Build(y)).Kernels).Desc);
        Assert.Equal(new Extent2D(2, 2), conv.InputDilation);
        Assert.Equal(new Padding2D(1, 1, 2, 2), conv.Pads);
    }

    [Fact]
    public void ADepthwiseConvolutionReadsATableOfTaps()
    {
        string x = b.Input("x", 1, 4, 5, 5);
        string y = b.Op("Conv", [x, b.Weight("w", 8, 1, 3, 3)], ("group", 4), ("pads", new[] { 1, 1, 1, 1 }));
        KernelGraph graph = LoweringCheck.Lower(b.Build(y));
        KernelNode kernel = Assert.Single(graph.Kernels);
        Assert.Equal(-1, kernel.PanelWeight);
        Assert.Equal(new Shape(9, 8), kernel.Desc.Inputs[1].Shape);
        Assert.Equal(1, kernel.Desc.Inputs[1].StrideOf(1));
    }

    [Fact]
    public void SpatialResultsLieChannelsLast()
    {
        string x = b.Input("x", 1, 3, 4, 5);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Relu", [b.Op("Conv", [x, b.Weight("w", 6, 3, 1, 1)])])));
        Assert.Equal("Float32@0[][6:1][4:30][5:6]", graph.Outputs[0].View.ToString());
    }

    [Fact]
    public void WideImagesAreBroughtChannelsLastOnce()
    {
        string x = b.Input("x", 1, 6, 4, 4);
        string left = b.Op("Conv", [x, b.Weight("w", 2, 6, 1, 1)]);
        string right = b.Op("Conv", [x, b.Weight("v", 2, 6, 1, 1)]);
        Assert.Equal(["Copy", "Conv", "Conv"], Families(LoweringCheck.Lower(b.Build(b.Op("Mul", [left, right])))));
    }

    [Fact]
    public void AReaderThatNeedsAnotherLayoutGetsItFromTheProducer()
    {
        string x = b.Input("x", 2, 40, 64);
        string rows = b.Op("Transpose", [b.Op("Softmax", [x])], ("perm", new[] { 0, 2, 1 }));
        string repeated = b.Op("Concat", [rows, rows, rows, rows], ("axis", 1));
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("MatMul", [repeated, b.Weight("w", 40, 8)])));
        Assert.DoesNotContain("Elementwise", Families(graph));
        string big = b.Op("Transpose", [b.Op("Softmax", [b.Input("z", 8, 64, 64)])], ("perm", new[] { 0, 2, 1 }));
        KernelGraph direct = LoweringCheck.Lower(b.Build(b.Op("MatMul", [big, b.Weight("u", 64, 2)])));
        Assert.Equal(["Softmax", "MatMul"], Families(direct));
        Assert.Equal(1, direct.Kernels[1].Desc.Inputs[0].StrideOf(2));
    }

    [Fact]
    public void InputsAndConstantsMayBeOutputs()
    {
        string x = b.Input("x", 2, 3);
        string turned = b.Op("Transpose", [x], ("perm", new[] { 1, 0 }));
        string constant = b.Op("Identity", [b.Floats([2], 3, 4)]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(turned, constant, b.Op("Identity", [x])));
        Assert.Equal(["Copy", "Copy", "Copy"], Families(graph));
    }

    [Fact]
    public void PaddingIsAFillAndACopy()
    {
        string x = b.Input("x", 2, 3);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Pad", [x, b.Longs(1, 0, 0, 2), b.Scalar(1.5f)])));
        Assert.Equal(["Elementwise", "Copy"], Families(graph));
        Assert.Equal(0, ((ElementwiseKernel)graph.Kernels[0].Desc).Program.OperandCount);
    }

    [Fact]
    public void LongChainsAreCutAtTheProgramLimit()
    {
        string y = b.Input("x", 4);
        for (int i = 0; i < 3 * ExpressionEmitter.MaximumInstructions; i++)
        {
            y = b.Op("Neg", [y]);
        }

        KernelGraph graph = LoweringCheck.Lower(b.Build(y));
        Assert.Equal(3, graph.Kernels.Length);
        Assert.All(graph.Kernels, kernel =>
            Assert.InRange(((ElementwiseKernel)kernel.Desc).Program.Instructions.Length, 1, ExpressionEmitter.MaximumInstructions));
    }

    [Fact]
    public void DeadNodesAndTheirBuffersAreGone()
    {
        string x = b.Input("x", 4);
        b.Op("Erf", [x]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(b.Op("Neg", [x])));
        Assert.Single(graph.Kernels);
        Assert.Equal(2, graph.Buffers.Length);
    }

    [Theory]
    [InlineData("Conv", "unsupported operator 'Conv' at node 'Conv_0': 3 spatial axes (1 and 2 are supported)")]
    [InlineData("MaxPool", "unsupported operator 'MaxPool' at node 'MaxPool_0': 3 spatial axes (1 and 2 are supported)")]
    public void ThreeSpatialAxesAreRefusedByName(string opType, string message)
    {
        string x = b.Input("x", 1, 2, 3, 3, 3);
        string y = opType == "Conv"
            ? b.Op("Conv", [x, b.Weight("w", 2, 2, 1, 1, 1)])
            : b.Op("MaxPool", [x], ("kernel_shape", new[] { 1, 1, 1 }));
        var fault = Assert.Throws<ModelException>(() => GraphCompiler.Lower(b.Build(y), new LoweringOptions()));
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void AnUnknownOperatorIsNamedWithItsNode()
    {
        ModelGraph model = b.Build(b.Op("Identity", [b.Input("x", 2)]));
        model = model with { Nodes = [model.Nodes[0] with { OpType = "Warp", Name = "w7" }] };
        var fault = Assert.Throws<ModelException>(() => GraphCompiler.Lower(model, new LoweringOptions()));
        Assert.Equal("unsupported operator 'Warp' at node 'w7'", fault.Message);
    }

    [Fact]
    public void AKernelIsOneLineOfText()
    {
        string x = b.Input("x", 3, 8);
        string y = b.Op("Relu", [b.Op("MatMul", [x, b.Weight("w", 8, 16)])]);
        KernelGraph graph = LoweringCheck.Lower(b.Build(y));
        Assert.Equal(
            "   0 MatMul             [1, 3, 8] x [8 x 16 Float32] -> [1, 3, 16] + Relu | 512 weight bytes | MatMul_0+Relu_1",
            KernelGraphText.Describe(graph.Kernels[0]));
    }

    [Fact]
    public void CostCountsEachElementOnce()
    {
        string x = b.Input("x", 3, 8);
        string y = b.Op("Add", [b.Op("MatMul", [x, b.Weight("w", 8, 16)]), b.Weight("bias", 16)]);
        KernelCost cost = LoweringCheck.Lower(b.Build(y)).Kernels[0].Cost;
        Assert.Equal(new KernelCost((2 * 3 * 8 * 16) + (3 * 16), (8 * 16 * 4) + (16 * 4), 3 * 8 * 4, 3 * 16 * 4), cost);
    }

    private static IEnumerable<string> Families(KernelGraph graph) => graph.Kernels.Select(kernel => kernel.Desc.Family.ToString());
}
