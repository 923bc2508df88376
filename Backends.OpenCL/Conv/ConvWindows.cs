using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.MatMul;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Conv;

/// <summary>Where the windows of a convolution lie in its input: what windows.cl needs.</summary>
internal static class ConvWindows
{
    /// <summary>Throws <see cref="DeviceException"/> when the extents do not fit together.</summary>
    public static void Check(ConvKernel desc)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        if (x.Rank != 4 || y.Rank != 4 || x[0] != y[0] || x[1] % desc.Groups != 0 || y[1] % desc.Groups != 0)
        {
            throw new DeviceException($"{desc.Name}: convolution of {x} in {desc.Groups} groups into {y}");
        }
    }

    /// <summary>A view of the output's shape as [1, pixels of all images, channels].</summary>
    public static TensorView Pixels(TensorView view)
    {
        Shape shape = view.Shape;
        return view.Transpose([0, 2, 3, 1]).TryReshape(new Shape(1, shape[0] * shape[2] * shape[3], shape[1]))
            ?? throw new InvalidOperationException($"axes of {view} cannot be joined");
    }

    /// <summary>
    /// The input pixels that a convolution's windows are, as [1, pixels of all images, channels], when the kernel is 1 x 1 and never
    /// reaches into padding; null for others.
    /// </summary>
    public static TensorView? Points(ConvKernel desc)
    {
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        bool plain = desc.Kernel == new Extent2D(1, 1) && desc.InputDilation == new Extent2D(1, 1) && desc.Groups == 1
            && desc.Pads.Top == 0 && desc.Pads.Left == 0
            && (y[2] - 1) * desc.Strides.Height < x[2] && (y[3] - 1) * desc.Strides.Width < x[3];
        TensorView? view = plain ? desc.Inputs[0] : null;
        view = view?.TrySlice(2, 0, y[2], desc.Strides.Height)?.TrySlice(3, 0, y[3], desc.Strides.Width);
        return view is null ? null : Pixels(view);
    }

    /// <summary>Input and windows in a few words.</summary>
    public static string Describe(ConvKernel desc)
    {
        return $"{desc.Inputs[0].Shape}, kernel {Sides(desc.Kernel)}, strides {Sides(desc.Strides)}, dilations {Sides(desc.Dilations)} and "
            + Sides(desc.InputDilation);

        static string Sides(Extent2D extent) => $"{extent.Height} x {extent.Width}";
    }

    public static ClSource Add(ClSource source, ConvKernel desc)
    {
        TensorView view = desc.Inputs[0];
        Shape x = view.Shape;
        Shape y = desc.Output.Shape;
        source
            .Define("X_INDEX", ClIndex.Type(view))
            .Define("IN_HEIGHT", x[2])
            .Define("IN_WIDTH", x[3])
            .Define("OUT_HEIGHT", y[2])
            .Define("OUT_WIDTH", y[3])
            .Define("KERNEL_HEIGHT", desc.Kernel.Height)
            .Define("KERNEL_WIDTH", desc.Kernel.Width)
            .Define("STRIDE_Y", desc.Strides.Height)
            .Define("STRIDE_X", desc.Strides.Width)
            .Define("DILATION_Y", desc.Dilations.Height)
            .Define("DILATION_X", desc.Dilations.Width)
            .Define("SPREAD_Y", desc.InputDilation.Height)
            .Define("SPREAD_X", desc.InputDilation.Width)
            .Define("PAD_TOP", $"({desc.Pads.Top})")
            .Define("PAD_LEFT", $"({desc.Pads.Left})");
        MatrixSide.Loads(source, "LEFT", view.Type);
        MatrixSide.AxisAddress(source, "x_image", "n", view, 0, view.Offset);
        MatrixSide.AxisAddress(source, "x_channel", "c", view, 1, 0);
        MatrixSide.AxisAddress(source, "x_row", "h", view, 2, 0);
        MatrixSide.AxisAddress(source, "x_column", "w", view, 3, 0);
        return source.Helper("windows");
    }
}
