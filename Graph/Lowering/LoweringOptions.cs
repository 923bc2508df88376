using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering;

/// <summary>What lowering needs to know about the target; part of a weight file's identity.</summary>
public sealed record LoweringOptions
{
    /// <summary>Element type of panel and row weights: Float16 or Float32. Linear weights are always 32 bits wide.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float16;

    /// <summary>Columns per weight panel: <see cref="Abstractions.Devices.DeviceCapabilities.PanelWidth"/> of the device.</summary>
    public int PanelWidth { get; init; } = 32;

    /// <summary>
    /// Depth steps that lie together in a panel: <see cref="Abstractions.Devices.DeviceCapabilities.DepthInterleave"/> of the device.
    /// </summary>
    public int DepthInterleave { get; init; } = 1;

    /// <summary>The layout of a panel weight for this target.</summary>
    internal PanelLayout Panels(int groups, long depth, long columns) =>
        new(groups, checked((int)depth), checked((int)columns), WeightType, PanelWidth, DepthInterleave);
}
