using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Kernels.Patterns;
using FlashMem.Simulator.Specs;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>Kernels of given extents for the simulator's tests.</summary>
internal static class SimulatorKernels
{
    public static SimulatorSpec Phone { get; } = SimulatorPresets.Load("oneplus-12");

    public static PatternTarget Target { get; } = PatternTarget.Of(Phone);

    public static TensorView Dense(params long[] extents) => TensorView.Dense(ElementType.Float32, new Shape(extents));

    public static MatMulKernel Product(int rows, int depth, int columns, string name = "product") => new()
    {
        Name = name,
        Inputs = [Dense(1, rows, depth)],
        Output = Dense(1, rows, columns),
        Weight = new PanelLayout(1, depth, columns, ElementType.Float16, 32, 4),
    };

    public static PanelRange All(KernelDesc kernel) => kernel.Panels is { } panels ? new PanelRange(0, panels.PanelCount) : default;

    public static ConvKernel Conv(int channels, int size, int outputs, int kernel, int stride, int groups = 1)
    {
        int pad = kernel / 2;
        int outSize = ((size + (2 * pad) - kernel) / stride) + 1;
        bool depthwise = groups == channels && groups > 1;
        return new ConvKernel
        {
            Name = "conv",
            Inputs = depthwise
                ? [Dense(1, channels, size, size), Dense(kernel * kernel, outputs)]
                : [Dense(1, channels, size, size)],
            Output = Dense(1, outputs, outSize, outSize),
            Weight = depthwise
                ? null
                : new PanelLayout(groups, kernel * kernel * channels / groups, outputs / groups, ElementType.Float16, 32, 4),
            Kernel = new Extent2D(kernel, kernel),
            Strides = new Extent2D(stride, stride),
            Dilations = new Extent2D(1, 1),
            Pads = new Padding2D(pad, pad, pad, pad),
            Groups = groups,
        };
    }

    public static AttentionKernel Attention(int heads, int queries, int keys, int width) => new()
    {
        Name = "attention",
        Inputs = [Dense(1, heads, queries, width), Dense(1, heads, keys, width), Dense(1, heads, keys, width)],
        Output = Dense(1, heads, queries, width),
        Scale = 1,
    };

    public static ElementwiseKernel Add(int elements) => new()
    {
        Name = "add",
        Inputs = [Dense(elements), Dense(elements)],
        Output = Dense(elements),
        Program = new ElementwiseProgram(2, [new ElementwiseInstruction(ElementwiseOp.Add, ElementType.Float32, 0, 1)]),
    };

    public static SoftmaxKernel Softmax(int rows, int inner) => new()
    {
        Name = "softmax",
        Inputs = [Dense(rows, inner)],
        Output = Dense(rows, inner),
    };

    public static NormalizeKernel Normalize(int rows, int inner) => new()
    {
        Name = "normalize",
        Inputs = [Dense(rows, inner)],
        Output = Dense(rows, inner),
        Mode = NormalizeMode.MeanVariance,
        Epsilon = 1e-5f,
    };

    public static ReduceKernel Reduce(int rows, int inner) => new()
    {
        Name = "reduce",
        Inputs = [Dense(rows, inner)],
        Output = Dense(rows),
        Op = ReduceOp.Mean,
    };

    public static PoolKernel Pool(int channels, int size) => new()
    {
        Name = "pool",
        Inputs = [Dense(1, channels, size, size)],
        Output = Dense(1, channels, size / 2, size / 2),
        Mode = PoolMode.Maximum,
        Kernel = new Extent2D(2, 2),
        Strides = new Extent2D(2, 2),
        Dilations = new Extent2D(1, 1),
        Pads = default,
    };

    public static ResizeKernel Resize(int channels, int size) => new()
    {
        Name = "resize",
        Inputs = [Dense(1, channels, size, size)],
        Output = Dense(1, channels, 2 * size, 2 * size),
        Mode = ResizeMode.Linear,
        Transform = CoordinateTransform.HalfPixel,
        ScaleHeight = 2,
        ScaleWidth = 2,
    };

    public static GatherKernel Gather(int rows, int inner, int count) => new()
    {
        Name = "gather",
        Inputs = [Dense(1, rows, inner), TensorView.Dense(ElementType.Int32, new Shape(count))],
        Output = Dense(1, count, inner),
        Mode = GatherMode.Axis,
    };

    public static ScatterKernel Scatter(int elements, int updates) => new()
    {
        Name = "scatter",
        Inputs = [Dense(elements), TensorView.Dense(ElementType.Int32, new Shape(updates)), Dense(updates)],
        Output = Dense(elements),
        Mode = ScatterMode.Elements,
    };

    public static CopyKernel Transpose(int rows, int columns) => new()
    {
        Name = "transpose",
        Inputs = [TensorView.FromStrides(ElementType.Float32, new Shape(columns, rows), [1, columns])],
        Output = Dense(columns, rows),
    };
}
