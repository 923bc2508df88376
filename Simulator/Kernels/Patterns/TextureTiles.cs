using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Shape of a line of the texture cache in an image: so many bytes along x, so many rows.</summary>
internal sealed record TextureTiles(int LineBytes, int WidthBytes, int Rows)
{
    /// <summary>Bytes of a texel by which <see cref="TextureCacheSpec.TileWidth"/> counts.</summary>
    private const int WidestTexel = 16;

    public static TextureTiles Of(TextureCacheSpec spec)
    {
        int line = (int)spec.LineBytes.Value;
        int width = Math.Min(line, (int)spec.TileWidth.Value * WidestTexel);
        return new TextureTiles(line, width, line / width);
    }
}
