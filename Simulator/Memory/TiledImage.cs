namespace FlashMem.Simulator.Memory;

/// <summary>
/// An image in texture memory: tiles of texels, row by row, a tile being one line of the texture cache. A tile's key is the number of its
/// line in memory, so that key times line size is an address for the caches below.
/// </summary>
internal readonly struct TiledImage
{
    private readonly ulong firstKey;
    private readonly long tilesPerRow;
    private readonly int tileTexels;
    private readonly int tileRows;

    /// <param name="tiles">Shape of a tile.</param>
    /// <param name="address">First byte, a multiple of the line size.</param>
    /// <param name="width">Texels of a row.</param>
    /// <param name="texelBytes">Bytes of a texel, at most 16; 1 counts x in bytes.</param>
    public TiledImage(TextureTiles tiles, ulong address, long width, int texelBytes)
    {
        tileTexels = Math.Max(1, tiles.WidthBytes / texelBytes);
        tileRows = tiles.Rows;
        tilesPerRow = Math.Max(1, (width + tileTexels - 1) / tileTexels);
        firstKey = address / (ulong)tiles.LineBytes;
    }

    /// <summary>Key of the tile that holds a texel.</summary>
    public ulong Key(long x, long y) => firstKey + (ulong)((y / tileRows * tilesPerRow) + (x / tileTexels));
}
