namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// An image as the texture cache sees it: tiles in row-major order from an address that no other operand shares. A tile's key is the
/// number of its line in memory, so key times line size is an address of the cache below.
/// </summary>
internal readonly struct TextureImage
{
    private readonly TextureTiles tiles;
    private readonly ulong first;
    private readonly long tilesPerRow;

    /// <param name="tiles">Shape of a tile.</param>
    /// <param name="slot">Operand slot; see <see cref="OperandSlots"/>.</param>
    /// <param name="rowBytes">Bytes of an image row.</param>
    public TextureImage(TextureTiles tiles, int slot, long rowBytes)
    {
        this.tiles = tiles;
        first = OperandSlots.Address(slot) / (ulong)tiles.LineBytes;
        tilesPerRow = Math.Max(1, (rowBytes + tiles.WidthBytes - 1) / tiles.WidthBytes);
    }

    /// <summary>Key of the tile that holds a byte of a row.</summary>
    public ulong Tile(long xBytes, long row) =>
        OperandSlots.Spread(first + (ulong)((row / tiles.Rows * tilesPerRow) + (xBytes / tiles.WidthBytes)), tiles.LineBytes);
}
