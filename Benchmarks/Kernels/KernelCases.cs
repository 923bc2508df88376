using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Benchmarks.Kernels;

/// <summary>Kernels of the networks that FlashMem is compared on.</summary>
internal static class KernelCases
{
    private const int PanelWidth = 32;

    public static IEnumerable<KernelCase> All() =>
    [
        .. Transformer("vit-b16", 197, 768, 12),
        .. Transformer("gpt-neo-125m", 128, 768, 12),
        MatMul("gpt-neo-125m", 128, 768, 50257, ElementType.Float16, Epilogue.None),
        .. ResNet(),
        MatMul("decode", 1, 768, 3072, ElementType.Float16, Epilogue.Bias),
        MatMul("decode", 1, 768, 50257, ElementType.Float16, Epilogue.None),
        MatMul("decode", 4, 1024, 4096, ElementType.Float16, Epilogue.Bias),
        MatMul("decode", 16, 1024, 4096, ElementType.Float16, Epilogue.Bias),
        MatMul("float32", 128, 768, 3072, ElementType.Float32, Epilogue.Bias),
        Attention("whisper", 1, 1, 1500, 1500, 64),
        Attention("sd-unet", 1, 8, 1024, 1024, 40),
        Attention("sam2", 8, 2, 64, 64, 72),
        Batched("plain", 12, 197, 64, 197, transposed: true),
        Batched("plain", 12, 197, 197, 64, transposed: false),
        Depthwise("mobilenet", 112, 96, 3, 2),
        Depthwise("mobilenet", 14, 576, 3, 1),
        MatMul("sam2", 1024, 144, 576, ElementType.Float16, Epilogue.BiasGelu),
    ];

    private static IEnumerable<KernelCase> Transformer(string group, int tokens, int width, int heads) =>
    [
        MatMul(group, tokens, width, width, ElementType.Float16, Epilogue.Bias),
        MatMul(group, tokens, width, 3 * width, ElementType.Float16, Epilogue.Bias),
        MatMul(group, tokens, width, 4 * width, ElementType.Float16, Epilogue.BiasGelu),
        MatMul(group, tokens, 4 * width, width, ElementType.Float16, Epilogue.BiasResidual),
        Attention(group, 1, heads, tokens, tokens, width / heads),
    ];

    private static IEnumerable<KernelCase> ResNet() =>
    [
        Conv("resnet50", 224, 3, 64, 7, 2, planar: true, Epilogue.BiasRelu),
        Conv("vit-b16", 224, 3, 768, 16, 16, planar: true, Epilogue.Bias),
        Conv("resnet50", 56, 64, 64, 1, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 56, 64, 64, 3, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 56, 64, 256, 1, 1, planar: false, Epilogue.BiasResidualRelu),
        Conv("resnet50", 28, 128, 128, 3, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 56, 256, 512, 1, 2, planar: false, Epilogue.Bias),
        Conv("resnet50", 14, 1024, 256, 1, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 14, 256, 256, 3, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 7, 512, 512, 3, 1, planar: false, Epilogue.BiasRelu),
        Conv("resnet50", 7, 512, 2048, 1, 1, planar: false, Epilogue.BiasResidualRelu),
    ];

    private static KernelCase MatMul(string group, int rows, int depth, int columns, ElementType type, Epilogue epilogue)
    {
        var output = new Shape(1, rows, columns);
        return new KernelCase(
            group,
            $"matmul {rows} x {depth} x {columns} {type}{Suffix(epilogue)}",
            new MatMulKernel
            {
                Name = "matmul",
                Inputs = [TensorView.Dense(ElementType.Float32, new Shape(1, rows, depth)), .. Operands(epilogue, output, 2)],
                Output = TensorView.Dense(ElementType.Float32, output),
                Weight = new PanelLayout(1, depth, columns, type, PanelWidth),
                Epilogue = Program(epilogue),
            },
            2.0 * rows * depth * columns);
    }

    private static KernelCase Conv(
        string group, int size, int channels, int outputs, int kernel, int stride, bool planar, Epilogue epilogue)
    {
        int pad = kernel == stride ? 0 : kernel / 2;
        int extent = ((size + (2 * pad) - kernel) / stride) + 1;
        TensorView output = Nhwc(outputs, extent);
        return new KernelCase(
            group,
            $"conv {size}x{size}x{channels} -> {outputs}, {kernel}x{kernel}/{stride}{Suffix(epilogue)}",
            new ConvKernel
            {
                Name = "conv",
                Inputs = [planar ? TensorView.Dense(ElementType.Float32, new Shape(1, channels, size, size)) : Nhwc(channels, size),
                    .. Operands(epilogue, output.Shape, 1, output)],
                Output = output,
                Weight = new PanelLayout(1, kernel * kernel * channels, outputs, ElementType.Float16, PanelWidth),
                Kernel = new Extent2D(kernel, kernel),
                Strides = new Extent2D(stride, stride),
                Dilations = new Extent2D(1, 1),
                Pads = new Padding2D(pad, pad, pad, pad),
                Groups = 1,
                Epilogue = Program(epilogue),
            },
            2.0 * extent * extent * kernel * kernel * channels * outputs);
    }

    private static KernelCase Depthwise(string group, int size, int channels, int kernel, int stride)
    {
        int extent = ((size + kernel - 1 - kernel) / stride) + 1;
        TensorView output = Nhwc(channels, extent);
        return new KernelCase(
            group,
            $"depthwise {size}x{size}x{channels}, {kernel}x{kernel}/{stride} + bias, relu",
            new ConvKernel
            {
                Name = "depthwise",
                Inputs = [Nhwc(channels, size), TensorView.Dense(ElementType.Float32, new Shape(kernel * kernel, channels)),
                    .. Operands(Epilogue.BiasRelu, output.Shape, 1, output)],
                Output = output,
                Kernel = new Extent2D(kernel, kernel),
                Strides = new Extent2D(stride, stride),
                Dilations = new Extent2D(1, 1),
                Pads = new Padding2D(1, 1, 1, 1),
                Groups = channels,
                Epilogue = Program(Epilogue.BiasRelu),
            },
            2.0 * extent * extent * kernel * kernel * channels);
    }

    private static KernelCase Attention(string group, int batch, int heads, int queries, int keys, int depth)
    {
        TensorView Tokens(int tokens) => TensorView.FromStrides(
            ElementType.Float32, new Shape(batch, heads, tokens, depth), [tokens * heads * depth, depth, heads * depth, 1]);
        return new KernelCase(
            group,
            $"attention {batch} x {heads} heads, {queries} x {keys} x {depth}",
            new AttentionKernel
            {
                Name = "attention",
                Inputs = [Tokens(queries), Tokens(keys), Tokens(keys)],
                Output = Tokens(queries),
                Scale = 0.125f,
            },
            4.0 * batch * heads * queries * keys * depth);
    }

    private static KernelCase Batched(string group, int batch, int rows, int depth, int columns, bool transposed)
    {
        var right = new Shape(batch, depth, columns);
        long[] strides = transposed ? [depth * columns, 1, depth] : [depth * columns, columns, 1];
        return new KernelCase(
            group,
            $"batched matmul {batch} x {rows} x {depth} x {columns}{(transposed ? " (B transposed)" : "")}",
            new MatMulKernel
            {
                Name = "batched",
                Inputs = [TensorView.Dense(ElementType.Float32, new Shape(batch, rows, depth)),
                    TensorView.FromStrides(ElementType.Float32, right, strides)],
                Output = TensorView.Dense(ElementType.Float32, new Shape(batch, rows, columns)),
            },
            2.0 * batch * rows * depth * columns);
    }

    private static TensorView Nhwc(int channels, int size) => TensorView.FromStrides(
        ElementType.Float32, new Shape(1, channels, size, size), [(long)size * size * channels, 1, (long)size * channels, channels]);

    private static ImmutableArray<TensorView> Operands(Epilogue epilogue, Shape output, int channelAxis, TensorView? like = null)
    {
        long[] strides = new long[output.Rank];
        strides[channelAxis] = 1;
        TensorView bias = TensorView.FromStrides(ElementType.Float32, output, strides);
        TensorView residual = like ?? TensorView.Dense(ElementType.Float32, output);
        return epilogue switch
        {
            Epilogue.None => [],
            Epilogue.BiasResidual or Epilogue.BiasResidualRelu => [bias, residual],
            _ => [bias],
        };
    }

    private static ElementwiseProgram? Program(Epilogue epilogue)
    {
        static ElementwiseInstruction Step(ElementwiseOp op, int a, int b = -1) => new(op, ElementType.Float32, a, b);
        return epilogue switch
        {
            Epilogue.None => null,
            Epilogue.Bias => new ElementwiseProgram(2, [Step(ElementwiseOp.Add, 0, 1)]),
            Epilogue.BiasRelu => new ElementwiseProgram(2, [Step(ElementwiseOp.Add, 0, 1), Step(ElementwiseOp.Relu, 2)]),
            Epilogue.BiasGelu => new ElementwiseProgram(2, [Step(ElementwiseOp.Add, 0, 1), Step(ElementwiseOp.Gelu, 2)]),
            Epilogue.BiasResidual => new ElementwiseProgram(3, [Step(ElementwiseOp.Add, 0, 1), Step(ElementwiseOp.Add, 3, 2)]),
            Epilogue.BiasResidualRelu => new ElementwiseProgram(
                3, [Step(ElementwiseOp.Add, 0, 1), Step(ElementwiseOp.Add, 3, 2), Step(ElementwiseOp.Relu, 4)]),
            _ => throw new ArgumentOutOfRangeException(nameof(epilogue)),
        };
    }

    private static string Suffix(Epilogue epilogue) => epilogue switch
    {
        Epilogue.None => "",
        Epilogue.Bias => " + bias",
        Epilogue.BiasRelu => " + bias, relu",
        Epilogue.BiasGelu => " + bias, gelu",
        Epilogue.BiasResidual => " + bias, residual",
        _ => " + bias, residual, relu",
    };
}
