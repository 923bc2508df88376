using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Conv;

/// <summary>Compiles convolutions: depthwise ones by their table, others as a matrix product of windows and panels.</summary>
internal static class ClConv
{
    /// <param name="desc">What to compute.</param>
    /// <param name="traits">The device.</param>
    /// <param name="tiles">How it is cut; null leaves that to tuned tiles and the table.</param>
    public static IClKernel Compile(ConvKernel desc, ClTraits traits, KernelTiles? tiles = null)
    {
        int needed = desc.Weight is null ? 2 : 1;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: convolution has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        ConvWindows.Check(desc);
        return desc.Weight is { } weight ? Product(desc, weight, traits, tiles) : new ClDepthwiseConv(desc, traits, tiles);
    }

    private static ClProduct Product(ConvKernel desc, PanelLayout weight, ClTraits traits, KernelTiles? tiles)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        int channels = checked((int)(x[1] / desc.Groups));
        int columns = checked((int)(y[1] / desc.Groups));
        int depth = checked(desc.Kernel.Height * desc.Kernel.Width * channels);
        if (weight.Groups != desc.Groups || weight.Depth != depth || weight.Columns != columns)
        {
            throw new DeviceException(
                $"{desc.Name}: convolution of {x} in {desc.Groups} groups into {y} with kernel {desc.Kernel} and weight {weight}");
        }

        var shape = new ProductShape(1, checked((int)(y[0] * y[2] * y[3])), depth, columns, weight);
        return new ClProduct(
            desc, shape, ConvWindows.Pixels, source => Sides(source, desc, channels), Signature(desc, channels), traits, tiles);
    }

    // A convolution of points is a product and shares its signature.
    private static string Signature(ConvKernel desc, int channels) => ConvWindows.Points(desc) is { } points
        ? ClMatMul.Signature(points, null)
        : $"Conv of {ConvWindows.Describe(desc)}, runs of {Run(desc, channels)}{MatrixSide.Width(desc.Inputs[0])}";

    private static void Sides(ClSource source, ConvKernel desc, int channels)
    {
        if (ConvWindows.Points(desc) is { } points)
        {
            ClMatMul.Sides(source, points, null);
            return;
        }

        ConvWindows.Add(source, desc)
            .Define("CHANNELS", channels)
            .Define("CHANNEL_RUN", Run(desc, channels))
            .Helper("Conv");
    }

    // Runs start at multiples of their length in the whole channel axis, so a group must hold whole runs.
    private static int Run(ConvKernel desc, int channels)
    {
        int run = MatrixSide.Run(desc.Inputs[0], 1);
        while (channels % run != 0)
        {
            run = run == 16 ? 4 : 1;
        }

        return run;
    }
}
