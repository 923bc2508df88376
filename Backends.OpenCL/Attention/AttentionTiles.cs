using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.Attention;

/// <summary>Extents of an attention kernel.</summary>
internal sealed record AttentionShape(int Batch, int Heads, int Queries, int Keys, int Width, int Outputs);

/// <summary>How attention is cut into work-groups; one kind per template.</summary>
internal abstract record AttentionTiles : KernelTiles
{
    // From the most reuse of local memory to the least need of it.
    private static readonly LocalAttention[] Local =
    [
        new(Queries: 32, Keys: 64, Depth: 128, ItemsX: 16, ItemsY: 8),
        new(Queries: 32, Keys: 32, Depth: 128, ItemsX: 16, ItemsY: 8),
        new(Queries: 16, Keys: 32, Depth: 64, ItemsX: 16, ItemsY: 8),
        new(Queries: 16, Keys: 16, Depth: 32, ItemsX: 16, ItemsY: 4),
    ];

    // More that the tuner tries.
    private static readonly LocalAttention[] MoreLocal =
    [
        new(Queries: 32, Keys: 64, Depth: 64, ItemsX: 16, ItemsY: 16),
        new(Queries: 16, Keys: 64, Depth: 64, ItemsX: 16, ItemsY: 8),
        new(Queries: 16, Keys: 32, Depth: 64, ItemsX: 16, ItemsY: 4),
    ];

    /// <summary>A function of the kernel and the device alone.</summary>
    public static AttentionTiles Choose(AttentionShape shape, ClTraits traits)
    {
        if (traits.Cpu)
        {
            return new BlockedAttention(BlockedAttention.Rows(shape, traits));
        }

        IEnumerable<LocalAttention> possible = Local.Select(tile => tile.For(shape));
        return possible.FirstOrDefault(tile => tile.Fits(traits)) ?? possible.Last();
    }

    /// <summary>All that the tuner may choose from. On CPU drivers only speed differs, elsewhere the order of sums too.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="traits">The device.</param>
    /// <param name="operands">What else the program depends on.</param>
    public static TileProblem Problem(AttentionShape shape, ClTraits traits, string operands)
    {
        string signature = $"Attention of {shape.Batch} x {shape.Heads} heads, [{shape.Queries} x {shape.Width}] by "
            + $"[{shape.Keys} x {shape.Width}] by [{shape.Keys} x {shape.Outputs}], {operands}, for {(traits.Cpu ? "processors" : "GPUs")}";
        IEnumerable<AttentionTiles> others = traits.Cpu
            ? BlockedAttention.All(shape)
            : Local.Concat(MoreLocal).Select(tile => tile.For(shape)).Where(tile => tile.Fits(traits));
        return TileProblem.Of(signature, Choose(shape, traits), others);
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

    private static readonly int[] RowsTried = [8, 16, 32, 48, 64, 128];

    public override string Template => "attention_blocked";

    public override string Text => $"blocks of {BlockRows} queries";

    /// <summary>Blocks up to twice the largest that the table takes, none of them much larger than a head.</summary>
    public static IEnumerable<BlockedAttention> All(AttentionShape shape) => RowsTried
        .Where(rows => rows < shape.Queries + TileRows)
        .Select(rows => new BlockedAttention(rows));

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

    public override string Text =>
        $"tiles of {Queries} queries and {Keys} keys, {Depth} wide, {Outputs} columns, items of {ItemsX} x {ItemsY}";

    public int Items => ItemsX * ItemsY;

    /// <summary>Local memory that a work-group needs.</summary>
    public long LocalBytes =>
        (16L * ((Depth / 4 * (Queries + 1)) + Math.Max(Depth / 4 * (Keys + 1), Keys / 4 * (Outputs + 1)) + (Keys / 4 * (Queries + 1))))
        + (4L * (Items + (3 * Queries)));

    public bool Fits(ClTraits traits) => LocalBytes <= traits.LocalBytes && Items <= traits.MaxWorkGroup;

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
