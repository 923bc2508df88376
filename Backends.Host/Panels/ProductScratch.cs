using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Places of a <see cref="PanelProduct"/> task's blocks in a worker's scratch; all aligned to 64 bytes.</summary>
internal readonly unsafe struct ProductScratch(byte* start)
{
    private const int LeftBytes = TileShape.MaxRows * TileShape.LeftStride * sizeof(float);
    private const int TileBytes = TileShape.MaxTileFloats * sizeof(float);
    private const int RightBytes = TileShape.DepthBlock * TileShape.PanelWidth * sizeof(float);
    private const int LeftTableBytes = TileShape.MaxRows * LeftOperand.LongsPerRow * sizeof(long);
    private const int RightTableBytes = RightOperand.TableLongs * sizeof(long);
    private const int OutputOffset = LeftBytes + TileBytes + RightBytes + LeftTableBytes + RightTableBytes;

    // Compile-time check: a negative constant does not convert to uint.
    private const uint SpareBytes = WorkerPool.ScratchBytes - OutputOffset - TileOutput.ScratchBytes;

    /// <summary>Bytes of a worker's scratch that a product leaves unused.</summary>
    public static uint Spare => SpareBytes;

    /// <summary>Packed rows.</summary>
    public float* Left => (float*)start;

    /// <summary>Results of the task.</summary>
    public float* Tile => (float*)(start + LeftBytes);

    /// <summary>One converted panel block.</summary>
    public float* Right => (float*)(start + LeftBytes + TileBytes);

    public long* LeftTable => (long*)(start + LeftBytes + TileBytes + RightBytes);

    public long* RightTable => (long*)(start + LeftBytes + TileBytes + RightBytes + LeftTableBytes);

    /// <summary>Scratch of <see cref="TileOutput"/>.</summary>
    public byte* Output => start + OutputOffset;
}
