using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>The eleven zoo graphs become few kernels, of which hardly any only moves data.</summary>
public sealed class ZooLoweringTests
{
    [Theory]
    [InlineData("resnet50", 60, 0)]
    [InlineData("vit-base", 120, 1)]
    [InlineData("deepvit", 360, 1)]
    [InlineData("depth-anything-small", 160, 1)]
    [InlineData("depth-anything-large", 280, 1)]
    [InlineData("sam2", 500, 4)]
    [InlineData("sd15-unet", 460, 10)]
    [InlineData("whisper-medium", 585, 1)]
    [InlineData("gptneo-small", 120, 0)]
    [InlineData("gptneo-1.3b", 220, 0)]
    [InlineData("gptneo-2.7b", 300, 0)]
    public void StaysCompact(string name, int mostKernels, int mostCopies)
    {
        using var folder = new TemporaryFolder();
        ModelGraph model = OnnxModelReader.ReadGraphOnly(folder.Write($"{name}.onnx", ZooGraphs.Read(name)));
        KernelGraph graph = GraphCompiler.Compile(model, new LoweringOptions());
        ITestOutputHelper output = TestContext.Current.TestOutputHelper!;
        int copies = graph.Kernels.Count(kernel => kernel.Desc is CopyKernel);
        output.WriteLine($"{model.Nodes.Length} nodes -> {graph.Kernels.Length} kernels, {copies} copies");
        output.WriteLine(string.Join(", ", graph.Kernels.CountBy(kernel => kernel.Desc.Family).Select(pair => $"{pair.Key} {pair.Value}")));
        foreach (KernelNode kernel in graph.Kernels)
        {
            output.WriteLine(KernelGraphText.Describe(kernel));
        }

        KernelGraphAssert.IsWellFormed(graph);
        Assert.InRange(graph.Kernels.Length, 1, mostKernels);
        Assert.InRange(copies, 0, mostCopies);
    }
}
