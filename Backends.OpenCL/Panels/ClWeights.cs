using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Panels;

/// <summary>Access to a streamed weight: weights.cl and what it needs.</summary>
internal static class ClWeights
{
    public const int PanelWidth = 32;

    /// <summary>Adds weights.cl; <c>CPU</c> and <c>DEPTH</c> are defined by the caller.</summary>
    public static ClSource Add(ClSource source, PanelLayout layout, ClTraits traits)
    {
        if (layout.PanelWidth != PanelWidth || layout.DepthInterleave is not (1 or 4)
            || layout.Type is not (ElementType.Float16 or ElementType.Float32))
        {
            throw new DeviceException(
                $"OpenCL kernels read panels of {PanelWidth} columns with a depth interleave of 1 or 4, not {layout}");
        }

        return source
            .Define("WEIGHT_HALF", layout.Type == ElementType.Float16)
            .Define("WEIGHT_IMAGES", traits.WeightImages)
            .Define("WEIGHT_INTERLEAVE", layout.DepthInterleave)
            .Define("PANEL_TEXELS", layout.PanelBytes / (4 * layout.Type.SizeInBytes()))
            .Define("PANELS_PER_GROUP", layout.PanelsPerGroup)
            .Helper("weights");
    }
}
