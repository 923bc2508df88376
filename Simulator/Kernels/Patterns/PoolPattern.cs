using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Pooling: a window of texels per output texel.</summary>
internal static class PoolPattern
{
    public static KernelPattern Create(PatternTarget target, PoolKernel kernel)
    {
        var windows = new Windows
        {
            Height = (int)kernel.Inputs[0].Shape[2],
            Width = (int)kernel.Inputs[0].Shape[3],
            OutHeight = (int)kernel.Output.Shape[2],
            OutWidth = (int)kernel.Output.Shape[3],
            Strides = kernel.Strides,
            Dilations = kernel.Dilations,
            Pads = kernel.Pads,
            InputDilation = new Extent2D(1, 1),
        };
        var shape = new WindowShape
        {
            Pixels = 1,
            TapRows = kernel.Kernel.Height,
            TapColumns = kernel.Kernel.Width,
            OperationsPerTap = 1,
        };
        return new WindowPattern(target, kernel, windows, shape);
    }
}
