using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>A kernel graph survives its JSON form, and damaged text is refused with a typed error.</summary>
public sealed class KernelGraphJsonTests
{
    [Property(MaxTest = 100)]
    public void RandomGraphsComeBackEqual(int seed) =>
        AssertRoundTrip(GraphCompiler.Lower(RandomLayerGraph.Build(seed), new LoweringOptions()));

    [Theory]
    [InlineData("resnet50")]
    [InlineData("gptneo-small")]
    [InlineData("sam2")]
    public void ZooGraphsComeBackEqual(string name)
    {
        using var folder = new TemporaryFolder();
        ModelGraph model = OnnxModelReader.ReadGraphOnly(folder.Write($"{name}.onnx", ZooGraphs.Read(name)));
        AssertRoundTrip(GraphCompiler.Compile(model, new LoweringOptions()));
    }

    [Property(MaxTest = 300)]
    public void DamagedTextIsRefused(int seed)
    {
        var random = new Random(seed);
        byte[] text = Write(GraphCompiler.Lower(RandomLayerGraph.Build(seed % 20), new LoweringOptions()));
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            text[random.Next(text.Length)] = (byte)random.Next(32, 127);
        }

        try
        {
            KernelGraphJson.Read(text.AsSpan(0, random.Next(2) == 0 ? text.Length : random.Next(text.Length)));
        }
        catch (ModelException)
        {
            // The expected end; a change inside a name or a number may also go unnoticed here.
        }
    }

    [Fact]
    public void AnotherSchemaIsRefused() => Assert.Contains(
        "schema 'x'", Assert.Throws<ModelException>(() => KernelGraphJson.Read("""{"schema":"x"}"""u8)).Message, StringComparison.Ordinal);

    private static void AssertRoundTrip(KernelGraph graph)
    {
        byte[] text = Write(graph);
        KernelGraph back = KernelGraphJson.Read(text);
        Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(Write(back)));
        Assert.Equal(graph.Buffers.AsEnumerable(), back.Buffers);
        Assert.Equal(graph.Inputs.AsEnumerable(), back.Inputs);
        Assert.Equal(graph.Outputs.AsEnumerable(), back.Outputs);
        Assert.Equal(graph.Weights.Select(weight => weight with { Source = null }), back.Weights);
        for (int i = 0; i < graph.Kernels.Length; i++)
        {
            KernelNode kernel = graph.Kernels[i];
            KernelNode other = back.Kernels[i];
            Assert.Equal(kernel.Desc with { Inputs = [] }, other.Desc with { Inputs = [] });
            Assert.Equal(kernel.Desc.Inputs.AsEnumerable(), other.Desc.Inputs);
            Assert.Equal(kernel.Inputs.AsEnumerable(), other.Inputs);
            Assert.Equal(kernel.Output, other.Output);
            Assert.Equal(kernel.PanelWeight, other.PanelWeight);
            Assert.Equal(kernel.Cost, other.Cost);
        }
    }

    private static byte[] Write(KernelGraph graph)
    {
        using var stream = new MemoryStream();
        KernelGraphJson.Write(stream, graph);
        return stream.ToArray();
    }
}
