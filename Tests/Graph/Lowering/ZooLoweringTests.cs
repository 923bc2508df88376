using System.Diagnostics;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
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
        Assert.SkipUnless(SharedFiles.TryGet($"models/{name}.onnx", out string? path), "the shared models are not here");
        long start = Stopwatch.GetTimestamp();
        ModelGraph model = OnnxModelReader.ReadGraphOnly(path);
        TimeSpan read = Stopwatch.GetElapsedTime(start);
        KernelGraph graph = GraphCompiler.Compile(model, new LoweringOptions());
        TimeSpan compiled = Stopwatch.GetElapsedTime(start);
        var output = TestContext.Current.TestOutputHelper!;
        var text = new MemoryStream();
        KernelGraphJson.Write(text, graph);
        start = Stopwatch.GetTimestamp();
        KernelGraphJson.Read(text.ToArray());
        TimeSpan parsed = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        KernelGraphJson.Read(text.ToArray());
        output.WriteLine($"read {read.TotalMilliseconds:f0} ms, compile {(compiled - read).TotalMilliseconds:f0} ms, json {text.Length} bytes {parsed.TotalMilliseconds:f1} ms, again {Stopwatch.GetElapsedTime(start).TotalMilliseconds:f1} ms");
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
