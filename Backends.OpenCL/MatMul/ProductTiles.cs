using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>How a product is cut into work-groups and work-items; one kind per template.</summary>
internal abstract record ProductTiles : KernelTiles
{
    /// <summary>File of <c>Kernels/</c>.</summary>
    public abstract string Template { get; }

    public abstract void Define(ClSource source);

    /// <summary>Work-items for a run of panels (all columns when the right side is an activation).</summary>
    public abstract (ClRange Global, ClRange Local) Launch(ProductShape shape, int panels);

    protected static long Tiles(long extent, long tile) => (extent + tile - 1) / tile;
}

/// <summary>For CPU drivers: a work-item computes <paramref name="BlockRows"/> rows of a panel.</summary>
/// <param name="TileRows">Rows multiplied together, their sums in registers.</param>
/// <param name="BlockRows">Rows for which the right side is unpacked once; a multiple of <paramref name="TileRows"/>.</param>
/// <param name="BlockDepth">Depth steps unpacked at a time; a multiple of 16.</param>
internal sealed record BlockedTiles(int TileRows, int BlockRows, int BlockDepth) : ProductTiles
{
    public override string Template => "product_blocked";

    public override string Text => $"blocks of {BlockRows} rows and {BlockDepth} steps, {TileRows} rows in registers";

    public override void Define(ClSource source) => source
        .Define("TILE_ROWS", TileRows)
        .Define("TILE_STRIDE", BlockDepth)
        .Define("BLOCK_ROWS", BlockRows)
        .Define("BLOCK_DEPTH", BlockDepth);

    public override (ClRange Global, ClRange Local) Launch(ProductShape shape, int panels) =>
        (new ClRange(Tiles(shape.Rows, BlockRows), panels, shape.Batch), new ClRange(1));
}

/// <summary>For GPUs: a work-group computes Rows x Columns results through local memory.</summary>
/// <param name="Rows">Rows of a tile.</param>
/// <param name="Columns">Columns of a tile: a multiple of 32.</param>
/// <param name="ItemRows">Rows of a work-item.</param>
/// <param name="ItemColumns">Columns of a work-item.</param>
/// <param name="Steps">Quadruples of the reduction in local memory at a time; a multiple of <paramref name="Split"/>.</param>
/// <param name="Split">Work-items that share a result, each with a part of every tile's depth.</param>
internal sealed record LocalTiles(int Rows, int Columns, int ItemRows, int ItemColumns, int Steps, int Split) : ProductTiles
{
    public override string Template => "product_tiled";

    public override string Text => $"tiles of {Rows} x {Columns}, items of {ItemRows} x {ItemColumns}, {Steps} steps in {Split} parts";

    public int GroupItems => Rows / ItemRows * (Columns / ItemColumns) * Split;

    /// <summary>Local memory that a work-group needs.</summary>
    public long LocalBytes => 16L * Math.Max(Steps * (Rows + Columns + 2), (Split - 1) * Rows * Columns / 4);

    public override void Define(ClSource source) => source
        .Define("TILE_ROWS", Rows)
        .Define("TILE_COLUMNS", Columns)
        .Define("TILE_STEPS", Steps)
        .Define("ITEM_ROWS", ItemRows)
        .Define("ITEM_COLUMNS", ItemColumns)
        .Define("SPLIT", Split)
        .Define("GROUP_ITEMS", GroupItems);

    public override (ClRange Global, ClRange Local) Launch(ProductShape shape, int panels)
    {
        long columnTiles = shape.Weight is null ? Tiles(shape.Columns, Columns) : Tiles(panels, Columns / 32);
        return (new ClRange(Tiles(shape.Rows, Rows) * GroupItems, columnTiles, shape.Batch), new ClRange(GroupItems));
    }
}

/// <summary>For GPUs and few rows of a streamed weight: a work-group computes all rows of a panel.</summary>
/// <param name="Parts">Work-items that share a column.</param>
internal sealed record NarrowTiles(int Parts) : ProductTiles
{
    public override string Template => "product_narrow";

    public override string Text => $"whole panels in {Parts} parts";

    public override void Define(ClSource source) => source.Define("PARTS", Parts);

    public override (ClRange Global, ClRange Local) Launch(ProductShape shape, int panels) =>
        (new ClRange(32L * Parts * panels), new ClRange(32L * Parts));
}
