namespace FlashMem.Simulator.Compute.MicroKernels;

/// <summary>
/// What ArchProbe measured on a Pixel 4 (microsoft/ArchProbe, MIT licence, examples/adreno640/Google_Pixel_4: ImageBandwidth.csv,
/// BufferBandwidth.csv, ImageCacheHierarchyPChase.csv). Nothing in the simulator reads these: they stand beside what it computes.
/// Left out: images above 256 KiB, where the test's image is clamped, and buffers below 2 KiB, where work-items contend for an address.
/// </summary>
internal static class Adreno640Curves
{
    /// <summary>Range in bytes, read bandwidth of an image in 1e9 bytes per second.</summary>
    public static IReadOnlyList<(long Range, double GigabytesPerSecond)> Image { get; } =
    [
        (16, 194.523), (32, 194.487), (64, 194.496), (128, 194.55), (256, 194.482), (512, 194.514), (1024, 194.487), (2048, 99.1632),
        (4096, 99.748), (8192, 100.176), (16384, 99.6887), (32768, 99.2641), (65536, 99.1093), (131072, 87.8747), (262144, 68.174),
    ];

    /// <summary>Range in bytes, read bandwidth of a buffer in 1e9 bytes per second.</summary>
    public static IReadOnlyList<(long Range, double GigabytesPerSecond)> Buffer { get; } =
    [
        (2048, 96.3256), (4096, 95.5368), (8192, 96.2913), (16384, 95.9378), (32768, 95.7811), (65536, 95.5803), (131072, 86.8719),
        (262144, 57.6909), (524288, 40.7036), (1048576, 34.8358), (2097152, 31.706), (4194304, 38.7959), (8388608, 30.4915),
        (16777216, 30.0554), (33554432, 30.2907), (67108864, 30.354),
    ];

    /// <summary>Range and stride in bytes, nanoseconds per read of the image pointer chase.</summary>
    public static IReadOnlyList<(long Range, long Stride, double Nanoseconds)> Chase { get; } =
    [
        (16, 16, 130.0391), (512, 16, 130.0391), (1024, 16, 130.0977), (1040, 16, 145.7227), (1056, 16, 145.4767), (1072, 16, 160.4022),
        (1088, 16, 159.9454), (4096, 16, 159.9454), (32768, 16, 159.9454), (98304, 16, 159.9454), (114688, 16, 162.6874),
        (131072, 16, 165.8984), (133120, 16, 173.2892), (135168, 16, 182.3438), (137216, 16, 186.8906), (139264, 16, 194.8712),
        (143360, 16, 196.0587), (163840, 16, 201.1249), (200704, 16, 192.9648), (262144, 16, 202.9257), (1040, 64, 145.7266),
        (139520, 64, 312.3169), (1040, 128, 145.7227), (139520, 128, 335.2966),
    ];
}
