using FlashMem.Backends.OpenCL.Programs;

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

    public static ProductTiles Choose(ProductShape shape, ClTraits traits)
    {
        if (traits.Cpu && !(shape.Weight is not null && traits.WeightImages))
        {
            return Blocked(shape, traits);
        }

        if (shape.Weight is not null && shape.Rows <= NarrowRows)
        {
            // The parts' sums meet in local memory: 128 bytes per part and row.
            int parts = 8;
            while (parts > 1 && (32 * parts > traits.MaxWorkGroup || 128L * parts * shape.Rows > traits.LocalBytes))
            {
                parts /= 2;
            }

            return new NarrowTiles(parts);
        }

        LocalTiles[] possible = [.. Local.Select(tiles => Fit(tiles, traits)).Where(tiles => Suits(tiles, shape))];
        return possible.FirstOrDefault(tiles => WorkGroups(tiles, shape) >= GroupsPerUnit * traits.ComputeUnits) ?? possible[^1];
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
