using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Zoo;
using FlashMem.Simulator.Kernels;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>
/// Arithmetic rates of whole models on oneplus-12, launches included, against what SmartMem reaches there (reference/flashmem-paper.md,
/// section 8), with the same parameters for all.
/// </summary>
public sealed class ModelRateTests
{
    [Theory]
    [InlineData("gptneo-small", 271)]
    [InlineData("vit-base", 288)]
    [InlineData("sd15-unet", 250)]
    [InlineData("depth-anything-large", 223)]
    [InlineData("resnet50", 124)]
    public void Rates_are_near_those_published(string name, double published)
    {
        KernelGraph graph = Compile(name);
        var timer = new KernelTimer(SimulatorKernels.Phone);
        double seconds = graph.Kernels.Length * SimulatorKernels.Phone.Compute.LaunchLatency.Value;
        double macs = 0;
        foreach (KernelNode kernel in graph.Kernels)
        {
            seconds += timer.Time(kernel.Desc, SimulatorKernels.All(kernel.Desc), 0).Alone.Picoseconds * 1e-12;
            macs += kernel.Desc.Class == OperatorClass.Reusable ? kernel.Cost.Flops / 2.0 : 0;
        }

        double rate = macs / seconds * 1e-9;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{graph.Kernels.Length} kernels, {timer.Simulated} simulated, {seconds * 1e3:0.0} ms, {rate:0} GMAC/s, published {published}");
        Assert.InRange(rate, published / 1.5, published * 1.5);
    }

    [Fact]
    public void The_largest_model_has_few_kernels_to_simulate()
    {
        KernelGraph graph = Compile("gptneo-2.7b");
        var timer = new KernelTimer(SimulatorKernels.Phone);
        foreach (KernelNode kernel in graph.Kernels)
        {
            timer.Time(kernel.Desc, SimulatorKernels.All(kernel.Desc), 0);
        }

        Assert.InRange(timer.Simulated, 1, 10);
    }

    private static KernelGraph Compile(string name)
    {
        using var folder = new TemporaryFolder();
        ModelGraph model = OnnxModelReader.ReadGraphOnly(folder.Write($"{name}.onnx", ZooGraphs.Read(name)));
        return GraphCompiler.Compile(model, new LoweringOptions { DepthInterleave = 4 });
    }
}
