using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>Shape of a line of the texture cache in an image: so many bytes along x, so many rows.</summary>
internal sealed record TextureTiles(int LineBytes, int WidthBytes, int Rows)
{
    /// <summary>Bytes of the texels by which <see cref="TextureCacheSpec.TileWidth"/> counts.</summary>
    private const int WidestTexel = 16;

    public static TextureTiles Of(TextureCacheSpec spec)
    {
        int line = (int)Quantities.Bytes(spec.LineBytes, "memory.textureL1.lineBytes");
        int width = Math.Min(line, Quantities.Count(spec.TileWidth, "memory.textureL1.tileWidth") * WidestTexel);
        return new TextureTiles(line, width, line / width);
    }
}
