namespace FlashMem.Benchmarks.Simulator;

/// <summary>
/// What the FlashMem paper (arXiv 2602.15379) measured on a OnePlus 12, fp16: tables 6 to 8. The five models of the calibration set.
/// </summary>
internal static class PaperFigures
{
    /// <param name="LatencyMs">Integrated latency: initialisation and execution.</param>
    /// <param name="MeanMegabytes">Average memory, 1e6 bytes.</param>
    internal sealed record Measured(double LatencyMs, double MeanMegabytes);

    /// <summary>By model and framework.</summary>
    public static IReadOnlyDictionary<(string Model, string Framework), Measured> All { get; } =
        new Dictionary<(string, string), Measured>
        {
            [("gptneo-small", "flashmem")] = new(577, 260),
            [("gptneo-small", "mnn")] = new(3529 + 337, 610),
            [("gptneo-small", "smartmem")] = new(4757 + 59, 541),
            [("resnet50", "flashmem")] = new(473, 83),
            [("resnet50", "mnn")] = new(1751 + 22, 149),
            [("resnet50", "smartmem")] = new(1470 + 33, 140),
            [("vit-base", "flashmem")] = new(347, 83),
            [("vit-base", "mnn")] = new(2550 + 476, 369),
            [("vit-base", "smartmem")] = new(3675 + 73, 390),
            [("sd15-unet", "flashmem")] = new(3212, 838),
            [("sd15-unet", "mnn")] = new(21747 + 1647, 1800),
            [("sd15-unet", "smartmem")] = new(29588 + 312, 2100),
            [("depth-anything-large", "flashmem")] = new(1382, 246),
            [("depth-anything-large", "mnn")] = new(6267 + 1784, 1230),
            [("depth-anything-large", "smartmem")] = new(18567 + 807, 1200),
        };
}
