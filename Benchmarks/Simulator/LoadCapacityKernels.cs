using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>Kernels of every operator class, at shapes of the zoo, whose load capacity is shown.</summary>
internal static class LoadCapacityKernels
{
    public static IReadOnlyList<(string Name, KernelDesc Desc)> All { get; } =
    [
        ("softmax 2364 x 197", new SoftmaxKernel { Name = "softmax", Inputs = [Dense(2364, 197)], Output = Dense(2364, 197) }),
        ("normalize 128 x 768", new NormalizeKernel
        {
            Name = "normalize", Inputs = [Dense(128, 768)], Output = Dense(128, 768), Mode = NormalizeMode.MeanVariance, Epsilon = 1e-5f,
        }),
        ("matmul 128 x 768 x 768", Product(128, 768, 768)),
        ("matmul 128 x 3072 x 768", Product(128, 3072, 768)),
        ("conv 256 x 14 x 14, 3 x 3", Conv(256, 14, 3)),
        ("GELU 1024 x 1280", new ElementwiseKernel
        {
            Name = "gelu",
            Inputs = [Dense(1024, 1280)],
            Output = Dense(1024, 1280),
            Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Float32, 0)]),
        }),
        ("matmul 1 x 768 x 3072", Product(1, 768, 3072)),
    ];

    /// <summary>Bytes that the kernel reads: activations in halves, and its weight.</summary>
    public static long InputBytes(KernelDesc kernel) =>
        kernel.Inputs.Sum(view => view.ElementCount * 2) + (kernel.Panels?.TotalBytes ?? 0);

    private static TensorView Dense(params long[] extents) => TensorView.Dense(ElementType.Float32, new Shape(extents));

    private static MatMulKernel Product(int rows, int depth, int columns) => new()
    {
        Name = "matmul",
        Inputs = [Dense(1, rows, depth)],
        Output = Dense(1, rows, columns),
        Weight = new PanelLayout(1, depth, columns, ElementType.Float16, 32, 4),
    };

    private static ConvKernel Conv(int channels, int size, int kernel) => new()
    {
        Name = "conv",
        Inputs = [Dense(1, channels, size, size)],
        Output = Dense(1, channels, size, size),
        Weight = new PanelLayout(1, kernel * kernel * channels, channels, ElementType.Float16, 32, 4),
        Kernel = new Extent2D(kernel, kernel),
        Strides = new Extent2D(1, 1),
        Dilations = new Extent2D(1, 1),
        Pads = new Padding2D(kernel / 2, kernel / 2, kernel / 2, kernel / 2),
        Groups = 1,
    };
}
