using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// Layout of a streamed weight: the right-hand matrix [Depth x Columns] of every group, cut into panels of <see cref="PanelWidth"/>
/// columns; a panel stores Depth rows of PanelWidth elements, the last panel of a group padded with zeros. A panel is the unit by which
/// a weight can be sliced: any range of panels computes the matching output columns alone.
/// </summary>
/// <param name="Groups">Independent matrices (convolution groups); 1 for MatMul.</param>
/// <param name="Depth">Reduction length per group: K, or kernel height x kernel width x input channels of the group.</param>
/// <param name="Columns">Output columns per group.</param>
/// <param name="Type">Element type in the weight file: Float16 or Float32.</param>
/// <param name="PanelWidth">Columns per panel, a property of the device.</param>
/// <param name="DepthInterleave">
/// Neighbours along the depth that lie together, a property of the device: a panel stores [Depth / DepthInterleave][PanelWidth]
/// [DepthInterleave], the depth padded with zeros to a multiple. 1 for SIMD columns; 4 so that a texel holds four steps of the reduction.
/// </param>
public sealed record PanelLayout(int Groups, int Depth, int Columns, ElementType Type, int PanelWidth, int DepthInterleave = 1)
{
    /// <summary>Largest <see cref="DepthInterleave"/>: a texel of four 32-bit elements, twice.</summary>
    public const int LargestInterleave = 8;

    /// <summary>Depth with its padding.</summary>
    public int PaddedDepth => (Depth + DepthInterleave - 1) / DepthInterleave * DepthInterleave;

    public int PanelsPerGroup => (Columns + PanelWidth - 1) / PanelWidth;

    public int PanelCount => Groups * PanelsPerGroup;

    public long PanelBytes => (long)PaddedDepth * PanelWidth * Type.SizeInBytes();

    public long TotalBytes => PanelBytes * PanelCount;
}
