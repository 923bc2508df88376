using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Resampling: one, four or sixteen texels per output texel, blended by weights that depend on the coordinate.</summary>
internal static class ResizePattern
{
    public static KernelPattern Create(PatternTarget target, ResizeKernel kernel)
    {
        int taps = kernel.Mode switch { ResizeMode.Nearest => 1, ResizeMode.Linear => 2, _ => 4 };
        (int height, int width) = ((int)kernel.Inputs[0].Shape[2], (int)kernel.Inputs[0].Shape[3]);
        (int outHeight, int outWidth) = ((int)kernel.Output.Shape[2], (int)kernel.Output.Shape[3]);

        // Coordinates scale by a fraction: the stride of windows over an input spread out by the output's extent.
        var windows = new Windows
        {
            Height = height,
            Width = width,
            OutHeight = outHeight,
            OutWidth = outWidth,
            Strides = new Extent2D(height, width),
            Dilations = new Extent2D(1, 1),
            Pads = default,
            InputDilation = new Extent2D(Math.Max(1, outHeight), Math.Max(1, outWidth)),
        };
        var shape = new WindowShape { Pixels = 1, TapRows = taps, TapColumns = taps, OperationsPerTap = taps > 1 ? 2 : 1 };
        return new WindowPattern(target, kernel, windows, shape);
    }
}
