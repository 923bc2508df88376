using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Convolutions: an implicit product of windows and the streamed weight, group by group; a depthwise one reduces every channel slice over
/// its window alone. A transposed convolution visits only the taps that meet an input element, as a kernel per phase of the output does.
/// </summary>
internal static class ConvPattern
{
    /// <summary>Neighbouring output pixels of a work-item of a depthwise convolution.</summary>
    private const int DepthwisePixels = 4;

    private const int MostItemRows = 4;

    public static KernelPattern Create(PatternTarget target, ConvKernel kernel, PanelRange panels, long carriedBytes)
    {
        Shape y = kernel.Output.Shape;
        if (kernel.Weight is not { } weight)
        {
            var shape = new WindowShape
            {
                Pixels = DepthwisePixels,
                TapRows = kernel.Kernel.Height,
                TapColumns = kernel.Kernel.Width,
                ReadsWeight = true,
                OperationsPerTap = 1,
            };
            return new WindowPattern(target, kernel, Windows.Of(kernel), shape);
        }

        var left = new WindowSide(target, kernel);
        var extents = new ProductExtents(
            weight.Groups == 1 ? 1 : Math.Max(1, panels.Count / weight.PanelsPerGroup),
            y[0] * y[2] * y[3],
            PanelColumns.Count(weight, panels),
            (left.Depth + 3) / 4,
            left.TexelsPerQuad,
            MostItemRows);
        int widest = weight.Groups == 1 ? int.MaxValue : weight.PanelWidth;
        return new ProductPattern(target, kernel, extents, left, new PanelSide(target, weight, panels), widest, carriedBytes);
    }
}
