using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>Chooses how a product is cut. A function of the product and the device alone, so that every run has the same sums.</summary>
internal static class MatMulTiles
{
    /// <summary>Rows up to which a product with a streamed weight is bound by reading the weight.</summary>
    private const int NarrowRows = 8;

    /// <summary>Work-groups wanted per compute unit, so that an uneven last wave costs little.</summary>
    private const double GroupsPerUnit = 1.5;

    /// <summary>
    /// From the most reuse of local memory to the most work-groups; measured on an H200 with M = 16 .. 197, K and N = 768 .. 10240.
    /// </summary>
    public static readonly LocalTiles[] Local =
    [
        new(Rows: 128, Columns: 64, ItemRows: 8, ItemColumns: 8, Steps: 8, Split: 1),
        new(Rows: 64, Columns: 64, ItemRows: 8, ItemColumns: 4, Steps: 8, Split: 1),
        new(Rows: 64, Columns: 32, ItemRows: 8, ItemColumns: 4, Steps: 8, Split: 2),
        new(Rows: 32, Columns: 32, ItemRows: 8, ItemColumns: 4, Steps: 8, Split: 4),
        new(Rows: 16, Columns: 32, ItemRows: 4, ItemColumns: 4, Steps: 16, Split: 4),
    ];

    /// <summary>More shapes that the tuner tries: other depths, smaller and longer tiles, fewer parts.</summary>
    private static readonly LocalTiles[] MoreLocal =
    [
        new(Rows: 64, Columns: 64, ItemRows: 8, ItemColumns: 8, Steps: 8, Split: 1),
        new(Rows: 64, Columns: 64, ItemRows: 4, ItemColumns: 4, Steps: 4, Split: 1),
        new(Rows: 128, Columns: 32, ItemRows: 8, ItemColumns: 4, Steps: 8, Split: 1),
        new(Rows: 64, Columns: 32, ItemRows: 8, ItemColumns: 4, Steps: 4, Split: 1),
        new(Rows: 32, Columns: 64, ItemRows: 4, ItemColumns: 8, Steps: 8, Split: 2),
        new(Rows: 32, Columns: 32, ItemRows: 4, ItemColumns: 4, Steps: 8, Split: 2),
        new(Rows: 32, Columns: 32, ItemRows: 4, ItemColumns: 4, Steps: 16, Split: 4),
        new(Rows: 16, Columns: 32, ItemRows: 4, ItemColumns: 4, Steps: 8, Split: 1),
    ];

    // What the tuner tries in whole panels and in blocks.
    private static readonly int[] PartsTried = [1, 2, 4, 8, 16, 32];
    private static readonly int[] TileRowsTried = [4, 6, 8, 12];
    private static readonly int[] BlockRowsTried = [16, 32, 64, 128, 256];
    private static readonly int[] BlockDepthsTried = [64, 256];

    public static ProductTiles Choose(ProductShape shape, ClTraits traits)
    {
        if (IsBlocked(shape, traits))
        {
            return Blocked(shape, traits);
        }

        if (shape.Weight is not null && shape.Rows <= NarrowRows)
        {
            int parts = 8;
            while (parts > 1 && !Fits(parts, shape, traits))
            {
                parts /= 2;
            }

            return new NarrowTiles(parts);
        }

        LocalTiles[] possible = [.. Local.Select(tiles => Fit(tiles, traits)).Where(tiles => Suits(tiles, shape))];
        return possible.FirstOrDefault(tiles => WorkGroups(tiles, shape) >= GroupsPerUnit * traits.ComputeUnits) ?? possible[^1];
    }

    /// <summary>All that the tuner may choose from. On CPU drivers only speed differs, elsewhere the order of sums too.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="traits">The device.</param>
    /// <param name="sides">What else the program depends on: family and how the sides are read.</param>
    public static TileProblem Problem(ProductShape shape, ClTraits traits, string sides)
    {
        string weight = shape.Weight is { } layout
            ? $"{layout.Type} weight in {(traits.WeightImages ? "images" : "buffers")}, interleave {layout.DepthInterleave}"
            : "two activations";
        string signature = $"{sides}, {shape.Batch} x [{shape.Rows} x {shape.Depth}] by [{shape.Depth} x {shape.Columns}] "
            + $"in {shape.Groups} groups, {weight}, for {(traits.Cpu ? "processors" : "GPUs")}";
        ProductTiles table = Choose(shape, traits);
        if (table is BlockedTiles blocked)
        {
            return TileProblem.Of(signature, table, Around(blocked, shape));
        }

        IEnumerable<ProductTiles> narrow = shape.Weight is null || shape.Rows > NarrowRows
            ? [] : PartsTried.Where(parts => Fits(parts, shape, traits)).Select(parts => new NarrowTiles(parts));
        IEnumerable<ProductTiles> local = Local.Concat(MoreLocal)
            .Select(tiles => Fit(tiles, traits))
            .Where(tiles => Suits(tiles, shape) && tiles.Rows >= tiles.ItemRows);
        return TileProblem.Of(signature, table, narrow.Concat(local));
    }

    private static bool IsBlocked(ProductShape shape, ClTraits traits) => traits.Cpu && !(shape.Weight is not null && traits.WeightImages);

    // The parts' sums meet in local memory: 128 bytes per part and row.
    private static bool Fits(int parts, ProductShape shape, ClTraits traits) =>
        32 * parts <= traits.MaxWorkGroup && 128L * parts * shape.Rows <= traits.LocalBytes;

    // The table's choice with one thing changed, or two that go together.
    private static IEnumerable<BlockedTiles> Around(BlockedTiles table, ProductShape shape)
    {
        foreach (int rows in TileRowsTried.Where(rows => rows <= shape.Rows))
        {
            yield return table with { TileRows = rows, BlockRows = Padded(table.BlockRows, rows) };
        }

        foreach (int rows in BlockRowsTried.Where(rows => rows < 2 * shape.Rows))
        {
            yield return table with { BlockRows = Padded(Math.Min(rows, shape.Rows), table.TileRows) };
        }

        foreach (int depth in BlockDepthsTried.Where(depth => depth < 2 * shape.Depth))
        {
            yield return table with { BlockDepth = depth };
            yield return table with { BlockDepth = depth, BlockRows = Padded(Math.Min(2 * table.BlockRows, shape.Rows), table.TileRows) };
        }
    }

    /// <summary>Rows of a register tile: of 5 to 8 those that waste the fewest, the most among equals.</summary>
    private static int TileRows(int rows)
    {
        int best = Math.Min(rows, 8);
        for (int candidate = best - 1; candidate >= 5; candidate--)
        {
            best = Padded(rows, candidate) < Padded(rows, best) ? candidate : best;
        }

        return best;
    }

    private static BlockedTiles Blocked(ProductShape shape, ClTraits traits)
    {
        int tile = TileRows(shape.Rows);

        // Unpacking a block of the right side costs as much as about 10 rows (streamed) or 40 (an activation that is gathered).
        int most = shape.Weight is null ? 256 : 64;
        long matrices = (long)shape.Batch * shape.Panels;
        long blocks = Math.Max((shape.Rows + most - 1) / most, Math.Min(shape.Rows / 16, 4L * traits.ComputeUnits / matrices));
        int rows = (int)((shape.Rows + Math.Max(blocks, 1) - 1) / Math.Max(blocks, 1));
        return new BlockedTiles(tile, Padded(rows, tile), BlockDepth: 128);
    }

    private static int Padded(int rows, int tile) => (rows + tile - 1) / tile * tile;

    // Devices with small work-groups or little local memory: fewer work-items share a result, less depth lies in local memory.
    private static LocalTiles Fit(LocalTiles tiles, ClTraits traits)
    {
        while (tiles.Split > 1 && tiles.GroupItems > traits.MaxWorkGroup)
        {
            tiles = tiles with { Split = tiles.Split / 2 };
        }

        while (tiles.Steps > tiles.Split && tiles.LocalBytes > traits.LocalBytes)
        {
            tiles = tiles with { Steps = tiles.Steps / 2 };
        }

        while (tiles.GroupItems > traits.MaxWorkGroup || tiles.LocalBytes > traits.LocalBytes)
        {
            tiles = tiles with { Rows = tiles.Rows / 2 };
        }

        return tiles;
    }

    // A tile of several panels must lie in one group.
    private static bool Suits(LocalTiles tiles, ProductShape shape) => shape.Groups == 1 || tiles.Columns == 32;

    private static long WorkGroups(LocalTiles tiles, ProductShape shape) =>
        (long)shape.Batch * ((shape.Rows + tiles.Rows - 1) / tiles.Rows) * ((shape.Panels * 32L + tiles.Columns - 1) / tiles.Columns);
}
