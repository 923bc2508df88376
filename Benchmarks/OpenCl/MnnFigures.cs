namespace FlashMem.Benchmarks.OpenCl;

/// <summary>What MNN's OpenCL backend takes for a network of the same architecture.</summary>
/// <param name="Network">As it was run there.</param>
/// <param name="StartMs">Process start to first result, its caches warm.</param>
/// <param name="SteadyMs">Repeated run.</param>
/// <param name="PeakRssMegabytes">Peak resident memory of the process, in 1e6 bytes.</param>
internal sealed record MnnFigures(string Network, double StartMs, double SteadyMs, double PeakRssMegabytes)
{
    /// <summary>
    /// By zoo model. Source: the project's reference/peers.md, measured 2026-11-22 on a quiet 2-core x86-64 VM (AVX-512, 24 GiB), PoCL 3.1,
    /// fp32, buffers, caches warm, medians of at least three runs. Start and memory with the weights in a separate file, its better way;
    /// steady the best seen in either.
    /// </summary>
    public static IReadOnlyDictionary<string, MnnFigures> ByModel { get; } = new Dictionary<string, MnnFigures>
    {
        ["resnet50"] = new("ResNet-50", 1071, 650, 252),
        ["vit-base"] = new("ViT-B/16", 5277, 3777, 464),
        ["gptneo-small"] = new("GPT-Neo-125M-style, 64 tokens", 5515, 4017, 896),
    };
}
