using System.Collections.Concurrent;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Graph.Passes.Editing;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>What the passes find in the eleven graphs of the zoo.</summary>
public sealed class ZooPassTests
{
    /// <summary>Graphs are immutable: every test may read the same ones.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<(ModelGraph Before, ModelGraph After)>> Graphs = new();

    public static TheoryData<string> Names => [.. ZooGraphs.Names];

    [Theory]
    [InlineData("resnet50", 0, 0, 0, 0, 0)]
    [InlineData("vit-base", 12, 12, 25, 0, 0)]
    [InlineData("deepvit", 0, 32, 97, 0, 0)]
    [InlineData("depth-anything-small", 12, 12, 28, 0, 0)]
    [InlineData("depth-anything-large", 24, 24, 52, 0, 0)]
    [InlineData("gptneo-small", 12, 12, 25, 0, 0)]
    [InlineData("gptneo-1.3b", 24, 24, 49, 0, 0)]
    [InlineData("gptneo-2.7b", 32, 32, 65, 0, 0)]
    [InlineData("sam2", 55, 50, 106, 0, 0)]
    [InlineData("sd15-unet", 32, 16, 48, 61, 47)]
    [InlineData("whisper-medium", 72, 50, 122, 0, 0)]
    public void Composites_are_found(string name, int attention, int gelu, int layerNorm, int groupNorm, int silu)
    {
        ModelGraph graph = Passed(name);
        Assert.Equal(attention, PassAssert.Count(graph, Composites.Attention));
        Assert.Equal(gelu, PassAssert.Count(graph, Composites.Gelu));
        Assert.Equal(layerNorm, PassAssert.Count(graph, Composites.LayerNorm));
        Assert.Equal(groupNorm, PassAssert.Count(graph, Composites.GroupNorm));
        Assert.Equal(silu, PassAssert.Count(graph, Composites.Silu));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_spelling_that_has_a_simpler_form_is_left(string name)
    {
        ModelGraph graph = Passed(name);
        string[] gone =
        [
            "Erf", "Tanh", "InstanceNormalization", "LayerNormalization", "Gemm", "Einsum", "Split", "Squeeze", "Unsqueeze", "Pad", "Tile",
            "Expand", "Identity", "Pow", "And",
        ];

        // sam2 pads its points and tiles a window embedding; deepvit's re-attention stands between softmax and value.
        string[] kept = name == "sam2" ? ["Pad", "Tile"] : [];
        Assert.Empty(graph.Nodes.Select(node => node.OpType).Intersect(gone.Except(kept)));
        Assert.Equal(name == "deepvit" ? 32 : 0, PassAssert.Count(graph, "Softmax"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_result_is_a_valid_graph_with_the_same_ports_and_settles(string name)
    {
        ModelGraph before = Read(name);
        ModelGraph after = Passed(name);
        GraphValidator.AssertValid(after);
        Assert.Equal(before.Inputs, after.Inputs);
        Assert.Equal(before.Outputs, after.Outputs);
        Assert.Equal(before.Hash, after.Hash);
        Assert.Same(after, PassPipeline.Run(after));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_depends_on_weights_alone_can_be_evaluated_at_packing(string name)
    {
        ModelGraph graph = Passed(name);
        var editor = new GraphEditor(graph);
        IEnumerable<Node> derived = graph.Nodes.Where(node => editor.IsStatic(node.Outputs[0]));
        Assert.All(derived, node => Assert.True(ConstantEvaluator.CanEvaluate(node), node.ToString()));
    }

    [Theory]
    [InlineData("gptneo-2.7b", 32)]
    [InlineData("vit-base", 0)]
    [InlineData("whisper-medium", 24)]
    public void Masks_are_static(string name, int masked)
    {
        ModelGraph graph = Passed(name);
        var editor = new GraphEditor(graph);
        IEnumerable<Node> attentions = graph.Nodes.Where(node => Composites.Is(node, Composites.Attention));
        string[] masks = [.. attentions.Where(node => node.Inputs.Length == 4).Select(node => node.Inputs[3])];
        Assert.Equal(masked, masks.Length);
        Assert.All(masks, mask => Assert.True(editor.IsStatic(mask)));
    }

    [Fact]
    public void Scales_of_sam2_and_whisper_are_inside_the_attention()
    {
        foreach (string name in new[] { "sam2", "whisper-medium" })
        {
            ModelGraph graph = Passed(name);
            Assert.All(graph.Nodes.Where(node => Composites.Is(node, Composites.Attention)), node =>
            {
                Shape query = graph.Values[node.Inputs[0]].Shape;
                Assert.Equal(1 / Math.Sqrt(query[query.Rank - 1]), (float)node.Attributes[Composites.Scale], 1e-6);
            });
        }
    }

    private static ModelGraph Read(string name) => Graphs.GetOrAdd(name, Load).Value.Before;

    private static ModelGraph Passed(string name) => Graphs.GetOrAdd(name, Load).Value.After;

    private static Lazy<(ModelGraph Before, ModelGraph After)> Load(string name) => new(() =>
    {
        using var folder = new TemporaryFolder();
        ModelGraph graph = OnnxModelReader.ReadGraphOnly(folder.Write($"{name}.onnx", ZooGraphs.Read(name)));
        return (graph, PassPipeline.Run(graph));
    });
}
