using FlashMem.Simulator.Memory;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>An operand's image, at an address that no other operand shares; its tiles are spread as buffers' lines are.</summary>
internal readonly struct TextureImage
{
    private readonly TiledImage image;
    private readonly int lineBytes;

    /// <param name="tiles">Shape of a tile.</param>
    /// <param name="slot">Operand slot; see <see cref="OperandSlots"/>.</param>
    /// <param name="rowBytes">Bytes of an image row.</param>
    public TextureImage(TextureTiles tiles, int slot, long rowBytes)
    {
        image = new TiledImage(tiles, OperandSlots.Address(slot), rowBytes, texelBytes: 1);
        lineBytes = tiles.LineBytes;
    }

    /// <summary>Key of the tile that holds a byte of a row.</summary>
    public ulong Tile(long xBytes, long row) => OperandSlots.Spread(image.Key(xBytes, row), lineBytes);
}
