using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Graph.Zoo;

/// <summary>The graphs of the zoo as they are embedded: ONNX files without their external data.</summary>
internal static class ZooGraphs
{
    private const string Prefix = "FlashMem.Graph.Zoo.Models.";
    private const string Suffix = ".onnx";

    /// <summary>Names in the paper's order.</summary>
    public static readonly ImmutableArray<string> Names =
    [
        "gptneo-small", "gptneo-1.3b", "gptneo-2.7b", "resnet50", "sam2", "vit-base", "deepvit", "sd15-unet", "whisper-medium",
        "depth-anything-small", "depth-anything-large",
    ];

    /// <summary>The model file's bytes.</summary>
    public static byte[] Read(string name)
    {
        if (!Names.Contains(name))
        {
            throw new UsageException($"unknown zoo model '{name}'; there are {string.Join(", ", Names)}");
        }

        using Stream stream = typeof(ZooGraphs).Assembly.GetManifestResourceStream(Prefix + name + Suffix)
            ?? throw new InvalidOperationException($"the graph of zoo model '{name}' is not embedded");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
