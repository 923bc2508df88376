using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Conv;

/// <summary>Compiles convolutions: depthwise ones by their table, others as a matrix product of windows and panels.</summary>
internal static class ClConv
{
    public static IClKernel Compile(ConvKernel desc, ClTraits traits)
    {
        int needed = desc.Weight is null ? 2 : 1;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: convolution has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        ConvWindows.Check(desc);
        return desc.Weight is { } weight ? Product(desc, weight, traits) : new ClDepthwiseConv(desc, traits);
    }

    private static ClProduct Product(ConvKernel desc, PanelLayout weight, ClTraits traits)
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
        return new ClProduct(desc, shape, ConvWindows.Pixels, source => Sides(source, desc, channels), traits);
    }

    private static void Sides(ClSource source, ConvKernel desc, int channels)
    {
        if (ConvWindows.Points(desc) is { } points)
        {
            ClMatMul.Sides(source, points, null);
            return;
        }

        // Runs start at multiples of their length in the whole channel axis, so a group must hold whole runs.
        int run = MatrixSide.Run(desc.Inputs[0], 1);
        while (channels % run != 0)
        {
            run = run == 16 ? 4 : 1;
        }

        ConvWindows.Add(source, desc)
            .Define("CHANNELS", channels)
            .Define("CHANNEL_RUN", run)
            .Helper("Conv");
    }
}
