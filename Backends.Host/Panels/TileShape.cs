using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// Fixed sizes of the blocked matrix product. Every sum over the depth is cut at multiples of <see cref="DepthBlock"/> and each part is
/// summed in order, so a result depends neither on slicing nor on the number of workers.
/// </summary>
internal static class TileShape
{
    /// <summary>Columns per panel of the right-hand side.</summary>
    public const int PanelWidth = 32;

    /// <summary>Reduction steps per block: one converted panel block is then 32 KiB.</summary>
    public const int DepthBlock = 256;

    /// <summary>
    /// Floats between rows of the packed left-hand side. A constant, so that the rows of a tile are immediate displacements; 16 more
    /// than the depth, so that rows do not fall into one cache set.
    /// </summary>
    public const int LeftStride = DepthBlock + 16;

    /// <summary>Rows of the largest register tile.</summary>
    public const int TileRows = 12;

    /// <summary>Most rows of one task.</summary>
    public const int MaxRows = 16 * TileRows;

    /// <summary>Most floats of one task's result tile.</summary>
    public const int MaxTileFloats = MaxRows * 8 * PanelWidth;

    /// <summary>Refuses a weight cut for another device.</summary>
    public static void RequirePanelWidth(PanelLayout layout, string kernel)
    {
        if (layout.PanelWidth != PanelWidth)
        {
            throw new DeviceException($"{kernel}: weight panels have {layout.PanelWidth} columns, the host kernels read {PanelWidth}");
        }

        if (layout.DepthInterleave != 1)
        {
            throw new DeviceException(
                $"{kernel}: weight panels interleave {layout.DepthInterleave} depth steps, the host kernels read one after the other");
        }
    }
}
