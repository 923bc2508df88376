using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Attention;

/// <summary>Extents of an attention kernel.</summary>
internal sealed record AttentionShape(int Batch, int Heads, int Queries, int Keys, int Width, int Outputs);

/// <summary>How attention is cut into work-groups; one kind per template.</summary>
internal abstract record AttentionTiles
{
    /// <summary>A function of the kernel and the device alone.</summary>
    public static AttentionTiles Choose(AttentionShape shape, ClTraits traits)
    {
        if (traits.Cpu)
        {
            return new BlockedAttention(BlockedAttention.Rows(shape, traits));
        }

        // From the most reuse of local memory to the least need of it.
        LocalAttention[] tiles =
        [
            new(Queries: 32, Keys: 64, Depth: 128, ItemsX: 16, ItemsY: 8),
            new(Queries: 32, Keys: 32, Depth: 128, ItemsX: 16, ItemsY: 8),
            new(Queries: 16, Keys: 32, Depth: 64, ItemsX: 16, ItemsY: 8),
            new(Queries: 16, Keys: 16, Depth: 32, ItemsX: 16, ItemsY: 4),
        ];
        IEnumerable<LocalAttention> possible = tiles.Select(tile => tile.For(shape));
        return possible.FirstOrDefault(tile => tile.LocalBytes <= traits.LocalBytes && tile.Items <= traits.MaxWorkGroup)
            ?? possible.Last();
    }

    /// <summary>File of <c>Kernels/</c>.</summary>
    public abstract string Template { get; }

    public abstract void Define(ClSource source);

    public abstract (ClRange Global, ClRange Local) Launch(AttentionShape shape);

    protected static int Tiles(int extent, int tile) => (extent + tile - 1) / tile;
}

/// <summary>For CPU drivers: a work-item computes <paramref name="BlockRows"/> queries of a head.</summary>
internal sealed record BlockedAttention(int BlockRows) : AttentionTiles
{
    private const int TileRows = 8;

    // Keys and values are packed once per block of queries.
    private const int MostRows = 64;

    public override string Template => "attention_blocked";

    public static int Rows(AttentionShape shape, ClTraits traits)
    {
        int heads = Math.Max(1, shape.Batch * shape.Heads);
        int blocks = Math.Max(Tiles(shape.Queries, MostRows), Math.Min(Tiles(shape.Queries, 16), 2 * traits.ComputeUnits / heads));
        return Tiles(Tiles(shape.Queries, Math.Max(blocks, 1)), TileRows) * TileRows;
    }

    public override void Define(ClSource source) => source.Define("TILE_ROWS", TileRows).Define("BLOCK_ROWS", BlockRows);

    public override (ClRange Global, ClRange Local) Launch(AttentionShape shape) =>
        (new ClRange(Tiles(shape.Queries, BlockRows), (long)shape.Batch * shape.Heads), new ClRange(1));
}

/// <summary>For GPUs: a work-group computes a tile of queries and at most 128 columns of their values through local memory.</summary>
/// <param name="Queries">Queries of a tile.</param>
/// <param name="Keys">Keys in local memory at a time.</param>
/// <param name="Depth">Width of queries and keys in local memory at a time.</param>
/// <param name="ItemsX">Work-items along keys and value columns.</param>
/// <param name="ItemsY">Work-items along queries.</param>
internal sealed record LocalAttention(int Queries, int Keys, int Depth, int ItemsX, int ItemsY) : AttentionTiles
{
    private const int MostOutputs = 128;

    /// <summary>Columns of values of a work-group.</summary>
    public int Outputs { get; init; } = MostOutputs;

    public override string Template => "Attention";

    public int Items => ItemsX * ItemsY;

    /// <summary>Local memory that a work-group needs.</summary>
    public long LocalBytes =>
        (16L * ((Depth / 4 * (Queries + 1)) + Math.Max(Depth / 4 * (Keys + 1), Keys / 4 * (Outputs + 1)) + (Keys / 4 * (Queries + 1))))
        + (4L * (Items + (3 * Queries)));

    /// <summary>No wider than the kernel.</summary>
    public LocalAttention For(AttentionShape shape) => this with
    {
        Depth = Math.Min(Depth, Tiles(shape.Width, 4) * 4),
        Outputs = Math.Min(Keys <= 16 ? 32 : MostOutputs, shape.Outputs),
    };

    public override void Define(ClSource source) => source
        .Define("QUERY_TILE", Queries)
        .Define("KEY_TILE", Keys)
        .Define("DEPTH_TILE", Depth)
        .Define("OUT_TILE", Outputs)
        .Define("ITEMS_X", ItemsX)
        .Define("ITEMS_Y", ItemsY);

    public override (ClRange Global, ClRange Local) Launch(AttentionShape shape) =>
        (new ClRange((long)Tiles(shape.Queries, Queries) * Items, (long)shape.Batch * shape.Heads, Tiles(shape.Outputs, Outputs)),
            new ClRange(Items));
}
