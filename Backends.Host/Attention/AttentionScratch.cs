using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Attention;

/// <summary>
/// Places of an attention task's blocks in a worker's scratch, all aligned to 64 bytes, and how many keys a block may have so that they
/// fit. Sizes are floats.
/// </summary>
internal readonly unsafe struct AttentionScratch
{
    /// <summary>Keys whose rows are packed at a time for the scores.</summary>
    public const int KeyTile = 4 * TileShape.TileRows;

    private const int LargestKeyBlock = 512;
    private const int SmallestKeyBlock = 16;
    private const int TableFloats = (LargestKeyBlock + TileShape.PanelWidth) * sizeof(long) / sizeof(float);
    private const int KeyTileFloats = KeyTile * TileShape.LeftStride;
    private const int AvailableFloats = (WorkerPool.ScratchBytes - TileOutput.ScratchBytes) / sizeof(float);

    private readonly int depthFloats;
    private readonly int valueFloats;

    /// <param name="depth">Elements of a query and of a key.</param>
    /// <param name="valueDepth">Elements of a value.</param>
    public AttentionScratch(int depth, int valueDepth)
    {
        depthFloats = depth * TileShape.PanelWidth;
        valueFloats = valueDepth * TileShape.PanelWidth;
        ValueStride = (valueDepth + 15) & ~15;
        long left = AvailableFloats - TableFloats - KeyTileFloats - depthFloats - (2L * valueFloats);
        long keys = left / (TileShape.PanelWidth + ValueStride);
        KeyBlock = keys < SmallestKeyBlock ? 0 : (int)Math.Min(LargestKeyBlock, keys & ~15);
    }

    /// <summary>Keys per block; 0 when the head is too large for the scratch.</summary>
    public int KeyBlock { get; }

    /// <summary>Floats between packed values.</summary>
    public int ValueStride { get; }

    /// <summary>Row offsets of one block of keys or values, or of the queries.</summary>
    public static long* Table(byte* start) => (long*)start;

    /// <summary>Packed rows of a few keys.</summary>
    public static float* Keys(byte* start) => (float*)start + TableFloats;

    /// <summary>Queries: [depth][32].</summary>
    public static float* Queries(byte* start) => Keys(start) + KeyTileFloats;

    /// <summary>Sums of weighted values: [value depth][32].</summary>
    public float* Sums(byte* start) => Queries(start) + depthFloats;

    /// <summary>Finished output rows: [32][<see cref="ValueStride"/> at most].</summary>
    public float* Rows(byte* start) => Sums(start) + valueFloats;

    /// <summary>Scores: [key][32].</summary>
    public float* Scores(byte* start) => Sums(start) + (2 * valueFloats);

    /// <summary>Packed values: [key][<see cref="ValueStride"/>].</summary>
    public float* Values(byte* start) => Scores(start) + (KeyBlock * TileShape.PanelWidth);

    /// <summary>Scratch of <see cref="TileOutput"/>.</summary>
    public static byte* Output(byte* start) => start + (AvailableFloats * sizeof(float));
}
