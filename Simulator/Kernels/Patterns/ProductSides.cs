using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Where the texels of one side of a product lie. A quad is four steps of the reduction.</summary>
internal abstract class ProductSide
{
    /// <summary>Texels that hold a quad of one row (or column).</summary>
    public virtual int TexelsPerQuad => 1;

    /// <summary>Tile of a texel of a quad of a row (or column), which counts within its matrix.</summary>
    public abstract ulong Tile(long matrix, long index, int quad, int texel);
}

/// <summary>An activation matrix packed along its reduction: texel x is the quad, image rows are the matrix' rows.</summary>
internal sealed class MatrixSide(PatternTarget target, int slot, long rows, int quads) : ProductSide
{
    private readonly TextureImage image = new(target.Tiles, slot, (long)quads * HalfElements.TexelBytes);

    public override ulong Tile(long matrix, long index, int quad, int texel) =>
        image.Tile((long)quad * HalfElements.TexelBytes, (matrix * rows) + index);
}

/// <summary>An activation as the right side, packed along the reduction: texel x is the column, image rows are quads.</summary>
internal sealed class ColumnSide(PatternTarget target, int slot, long matrices, long columns) : ProductSide
{
    private readonly TextureImage image = new(target.Tiles, slot, matrices * columns * HalfElements.TexelBytes);

    public override ulong Tile(long matrix, long index, int quad, int texel) =>
        image.Tile(((matrix * columns) + index) * HalfElements.TexelBytes, quad);
}

/// <summary>
/// A streamed weight in the arena: panels [depth / 4][columns][4] one after the other, wrapped at the arena's row of 4096 bytes. Matrices
/// are groups, counted from the first panel of the launch.
/// </summary>
internal sealed class PanelSide : ProductSide
{
    private const int ArenaRowBytes = 4096;

    private readonly TextureImage image;
    private readonly PanelLayout layout;
    private readonly int firstPanel;
    private readonly int texelBytes;

    public PanelSide(PatternTarget target, PanelLayout layout, PanelRange panels)
    {
        this.layout = layout;
        firstPanel = panels.Start;
        texelBytes = 4 * HalfElements.Bytes(layout.Type);
        image = new TextureImage(target.Tiles, OperandSlots.Weight, ArenaRowBytes);
    }

    public override ulong Tile(long matrix, long index, int quad, int texel)
    {
        long panel = firstPanel + (matrix * layout.PanelsPerGroup) + (index / layout.PanelWidth);
        long panelBytes = (long)((layout.Depth + 3) / 4) * layout.PanelWidth * texelBytes;
        long address = (panel * panelBytes) + ((((long)quad * layout.PanelWidth) + (index % layout.PanelWidth)) * texelBytes);
        return image.Tile(address % ArenaRowBytes, address / ArenaRowBytes);
    }
}
