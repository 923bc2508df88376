using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>The sliding window of a convolution or pooling node over two spatial axes, with automatic padding resolved.</summary>
internal readonly record struct Window2D(Extent2D Kernel, Extent2D Strides, Extent2D Dilations, Padding2D Pads)
{
    /// <param name="node">Its attributes list one or two spatial axes.</param>
    /// <param name="kernel">Kernel extents.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="transposed">Padding is taken from the output of a transposed convolution.</param>
    /// <param name="output">Spatial extents of a transposed convolution's output.</param>
    public static Window2D Of(Node node, Extent2D kernel, Shape input, bool transposed = false, long[]? output = null)
    {
        // What output_padding adds behind is not padding of the window.
        if (transposed && output is not null && node.Integers("output_padding") is { } extra)
        {
            output = [output[0] - (extra.Length == 2 ? extra[0] : 0), output[1] - extra[^1]];
        }

        Extent2D strides = Pair(node, "strides");
        Extent2D dilations = Pair(node, "dilations");
        Padding2D pads = Listed(node);
        string auto = node.Attribute("auto_pad", "NOTSET");
        if (auto is "SAME_UPPER" or "SAME_LOWER")
        {
            bool upper = auto == "SAME_UPPER";
            (int top, int bottom) = Same(input[2], output?[0], kernel.Height, strides.Height, dilations.Height, upper);
            (int left, int right) = Same(input[3], output?[1], kernel.Width, strides.Width, dilations.Width, upper);
            pads = new Padding2D(top, left, bottom, right);
        }
        else if (transposed && node.Integers("output_shape") is not null)
        {
            (int top, int bottom) = Same(input[2], output![0], kernel.Height, strides.Height, dilations.Height, upper: false);
            (int left, int right) = Same(input[3], output[1], kernel.Width, strides.Width, dilations.Width, upper: false);
            pads = new Padding2D(top, left, bottom, right);
        }

        return new Window2D(kernel, strides, dilations, pads);
    }

    /// <summary>Kernel extents from the attribute.</summary>
    public static Extent2D KernelOf(Node node) => Pair(node, "kernel_shape");

    private static Extent2D Pair(Node node, string name)
    {
        ImmutableArray<long> values = node.Integers(name) ?? [];
        return values.Length switch
        {
            0 => new Extent2D(1, 1),
            1 => new Extent2D(1, checked((int)values[0])),
            2 => new Extent2D(checked((int)values[0]), checked((int)values[1])),
            _ => throw node.Unsupported($"{values.Length} spatial axes (1 and 2 are supported)"),
        };
    }

    private static Padding2D Listed(Node node)
    {
        ImmutableArray<long> values = node.Integers("pads") ?? [];
        return values.Length switch
        {
            0 => default,
            2 => new Padding2D(0, checked((int)values[0]), 0, checked((int)values[1])),
            4 => new Padding2D(checked((int)values[0]), checked((int)values[1]), checked((int)values[2]), checked((int)values[3])),
            _ => throw node.Unsupported($"{values.Length / 2} spatial axes (1 and 2 are supported)"),
        };
    }

    /// <summary>Padding that makes the output ceil(input / stride), or a transposed convolution's output what it is stated to be.</summary>
    private static (int Before, int After) Same(long input, long? transposedOutput, int kernel, int stride, int dilation, bool upper)
    {
        long window = ((long)dilation * (kernel - 1)) + 1;
        long total = transposedOutput is { } output
            ? ((input - 1) * stride) + window - output
            : (((input + stride - 1) / stride) - 1) * stride + window - input;
        total = Math.Max(total, 0);
        long small = total / 2;
        long large = total - small;
        return upper ? ((int)small, (int)large) : ((int)large, (int)small);
    }
}
