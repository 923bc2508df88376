using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// An image in texture memory: tiles of texels, row by row, a tile being one line of the texture cache. A tile's key is the number of its
/// line in memory, so that key times line size is an address for the caches below.
/// </summary>
internal readonly struct TiledImage
{
    /// <summary>Bytes of the texels by which <see cref="TextureCacheSpec.TileWidth"/> counts.</summary>
    private const int WidestTexel = 16;

    private readonly ulong firstKey;
    private readonly long tilesPerRow;
    private readonly int tileTexels;
    private readonly int tileRows;

    /// <param name="spec">Gives the tile's shape.</param>
    /// <param name="address">First byte, a multiple of the line size.</param>
    /// <param name="width">Texels of a row.</param>
    /// <param name="texelBytes">Bytes of a texel, at most 16.</param>
    public TiledImage(TextureCacheSpec spec, ulong address, long width, int texelBytes)
    {
        int line = (int)Quantities.Bytes(spec.LineBytes, "memory.textureL1.lineBytes");
        int rowBytes = Math.Min(line, Quantities.Count(spec.TileWidth, "memory.textureL1.tileWidth") * WidestTexel);
        tileTexels = Math.Max(1, rowBytes / texelBytes);
        tileRows = line / rowBytes;
        tilesPerRow = (width + tileTexels - 1) / tileTexels;
        firstKey = address / (ulong)line;
    }

    /// <summary>Key of the tile that holds a texel.</summary>
    public ulong Key(long x, long y) => firstKey + (ulong)((y / tileRows * tilesPerRow) + (x / tileTexels));
}
