using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Families that work on images.</summary>
internal static class ImageCases
{
    public static KernelCase Pool(CaseBuilder builder)
    {
        var input = new Shape(builder.Number(1, 2), builder.Number(1, 40), builder.Number(4, 12), builder.Number(4, 12));
        var kernel = new Extent2D(builder.Number(1, 3), builder.Number(1, 3));
        var strides = new Extent2D(builder.Number(1, 3), builder.Number(1, 3));
        var dilations = new Extent2D(builder.Number(1, 2), builder.Number(1, 2));
        var pads = new Padding2D(
            builder.Number(0, kernel.Height - 1), builder.Number(0, kernel.Width - 1),
            builder.Number(0, kernel.Height - 1), builder.Number(0, kernel.Width - 1));
        long height = Outputs(input[2], kernel.Height, strides.Height, dilations.Height, pads.Top, pads.Bottom);
        long width = Outputs(input[3], kernel.Width, strides.Width, dilations.Width, pads.Left, pads.Right);
        if (height < 1 || width < 1)
        {
            return Pool(builder);
        }

        var output = new Shape(input[0], input[1], height, width);
        builder.Add(ImageView(builder, input));
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        PoolMode[] modes = Enum.GetValues<PoolMode>();
        var desc = new PoolKernel
        {
            Name = "pool",
            Inputs = builder.Views,
            Output = ImageView(builder, output),
            Epilogue = epilogue,
            Mode = modes[builder.Random.Next(modes.Length)],
            Kernel = kernel,
            Strides = strides,
            Dilations = dilations,
            Pads = pads,
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    public static KernelCase Resize(CaseBuilder builder)
    {
        ResizeMode mode = (ResizeMode)builder.Number(0, 2);
        var input = new Shape(builder.Number(1, 2), builder.Number(1, 40), builder.Number(2, 9), builder.Number(2, 9));

        // Whole factors for the nearest element: with others, rounding decides which of two is nearer.
        long height = mode == ResizeMode.Nearest ? input[2] * builder.Number(1, 3) : builder.Number(2, 15);
        long width = mode == ResizeMode.Nearest ? input[3] * builder.Number(1, 3) : builder.Number(2, 15);
        var output = new Shape(input[0], input[1], height, width);
        builder.Add(ImageView(builder, input));
        ElementwiseProgram? epilogue = builder.Epilogue(output, ElementType.Float32);
        var desc = new ResizeKernel
        {
            Name = "resize",
            Inputs = builder.Views,
            Output = ImageView(builder, output),
            Epilogue = epilogue,
            Mode = mode,
            Transform = (CoordinateTransform)builder.Number(0, 4),
            Rounding = (NearestRounding)builder.Number(0, 3),
            CubicCoefficient = builder.Number(0, 1) == 0 ? -0.75f : -0.5f,
            ExcludeOutside = builder.Number(0, 1) == 0,
            ScaleHeight = height / (float)input[2],
            ScaleWidth = width / (float)input[3],
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    private static long Outputs(long extent, int kernel, int stride, int dilation, int before, int after) =>
        ((extent + before + after - (((kernel - 1) * dilation) + 1)) / stride) + 1;

    // Mostly channels-last, as images lie on the device.
    private static TensorView ImageView(CaseBuilder builder, Shape shape) => builder.Number(0, 2) == 0
        ? builder.OutputView(shape)
        : TensorView.Dense(ElementType.Float32, new Shape(shape[0], shape[2], shape[3], shape[1])).Transpose([0, 3, 1, 2]);
}
