namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Extents of a product as its tiles see them.</summary>
/// <param name="Matrices">Independent products: batch or convolution groups.</param>
/// <param name="Rows">Rows of the left side.</param>
/// <param name="Columns">Columns of the right side of one matrix.</param>
/// <param name="Quads">Steps of the reduction, four at a time.</param>
/// <param name="LeftTexels">Texels that hold a quad of a row.</param>
/// <param name="MostItemRows">
/// Rows that a work-item takes at most: fewer for windows, since each of their rows has coordinates and bounds of its own (mobile
/// frameworks' convolutions take four pixels).
/// </param>
internal readonly record struct ProductExtents(
    long Matrices, long Rows, long Columns, int Quads, int LeftTexels, int MostItemRows);

/// <summary>
/// How a product is cut. A work-item keeps ItemRows x ItemColumns sums in registers; a wave's work-items lie AcrossRows x (width /
/// AcrossRows) over a tile of the output; the waves of a workgroup split the reduction.
/// </summary>
/// <param name="ItemRows">Rows of a work-item.</param>
/// <param name="ItemColumns">Columns of a work-item.</param>
/// <param name="AcrossRows">Work-items of a wave along the rows.</param>
/// <param name="Split">Waves that share a result.</param>
/// <param name="Unroll">Quads read before they are multiplied.</param>
internal sealed record ProductTiles(int ItemRows, int ItemColumns, int AcrossRows, int Split, int Unroll)
{
    /// <summary>
    /// 32-bit registers of a work-item with which all waves of a core are resident: 192 KiB over 16 waves of 128 (Adreno X1, hardware.md).
    /// </summary>
    private const int FullOccupancyRegisters = 24;

    /// <summary>Most 32-bit registers of a work-item, with which a quarter of the waves is resident.</summary>
    private const int MostRegisters = 4 * FullOccupancyRegisters;

    /// <summary>
    /// Rows up to which waves split the reduction: with more there are waves enough, and parts far apart would share no lines.
    /// </summary>
    private const int NarrowRows = 8;

    private const int MostSplit = 8;

    /// <summary>
    /// What a core gets of L2 per clock when all read it: 190.5 bytes over 12 cores (OnePlus 12), on every device. The estimate must not take
    /// it from the device: it knows no more of L2 than this share, and where the share is large it takes tiles that read L2 far too often.
    /// </summary>
    private const double L2BytesPerClock = 190.5 / 12;

    private static readonly (int Rows, int Columns)[] Items = [(8, 4), (4, 4), (4, 2), (2, 4), (2, 2), (1, 4), (1, 2), (1, 1)];

    public int WaveRows => ItemRows * AcrossRows;

    public int WaveColumns(PatternTarget target) => ItemColumns * (target.WaveWidth / AcrossRows);

    /// <summary>Half-precision sums, texels of both sides, addresses.</summary>
    public int Registers(int leftTexels) =>
        (ItemRows * ItemColumns / 2) + (2 * Unroll * ((ItemRows * leftTexels) + ItemColumns)) + 8;

    /// <summary>Waves that fit on a core by their registers.</summary>
    public int WavesPerCore(PatternTarget target, int leftTexels) =>
        Math.Max(Split, Math.Min(target.WavesPerCore, target.WavesPerCore * FullOccupancyRegisters / Registers(leftTexels)));

    /// <summary>
    /// The cut with the least estimated time, as an auto-tuner would find it: arithmetic and texture reads of the busiest core, or the
    /// latency of the reads of one wave when too few waves hide it.
    /// </summary>
    /// <param name="target">The device.</param>
    /// <param name="extents">The product.</param>
    /// <param name="widestWave">Most columns of a wave's tile.</param>
    public static ProductTiles Choose(PatternTarget target, ProductExtents extents, int widestWave)
    {
        ProductTiles? best = null;
        double least = double.PositiveInfinity;
        int mostSplit = extents.Rows <= NarrowRows ? MostSplit : 1;
        foreach ((int rows, int columns) in Items.Where(item => item.Rows <= extents.MostItemRows))
        {
            for (int across = 1; across <= target.WaveWidth; across *= 2)
            {
                for (int split = 1; split <= mostSplit; split *= 2)
                {
                    for (int unroll = 1; unroll <= 4; unroll *= 2)
                    {
                        var tiles = new ProductTiles(rows, columns, across, split, unroll);
                        bool fits = tiles.WaveColumns(target) <= widestWave && tiles.Registers(extents.LeftTexels) <= MostRegisters
                            && split * unroll <= extents.Quads;
                        double clocks = fits || best is null ? tiles.Clocks(target, extents) : double.PositiveInfinity;
                        if (clocks < least || best is null)
                        {
                            (best, least) = (tiles, fits ? clocks : double.PositiveInfinity);
                        }
                    }
                }
            }
        }

        return best!;
    }

    private double Clocks(PatternTarget target, ProductExtents extents)
    {
        int leftTexels = extents.LeftTexels;
        double waves = extents.Matrices * Math.Ceiling((double)extents.Rows / WaveRows)
            * Math.Ceiling((double)extents.Columns / WaveColumns(target)) * Split;
        double iterations = Math.Ceiling((double)extents.Quads / (Split * Unroll));
        double resident = Math.Min(WavesPerCore(target, leftTexels), Math.Ceiling(waves / target.Cores));
        double busiest = Math.Ceiling(Math.Ceiling(waves / target.Cores) / resident);
        double reads = Unroll * ((ItemRows * leftTexels) + ItemColumns) * target.WaveWidth * HalfElements.TexelSlotBytes
            / target.TextureBytesPerClock;
        double arithmetic = Unroll * 4.0 * ItemRows * ItemColumns * target.WaveWidth / target.Fp16PerClock;

        // Tiles that the reads of a wave touch come from L2, of which every core has its share.
        double leftTiles = Math.Ceiling((double)WaveRows / target.Tiles.Rows) * Tiles(target, Unroll) * leftTexels;
        double rightTiles = Unroll * Tiles(target, WaveColumns(target));
        double fills = (leftTiles + rightTiles) * target.Tiles.LineBytes / L2BytesPerClock;
        double alone = target.TextureLatencyClocks + reads + arithmetic;
        double together = resident * Math.Max(arithmetic, Math.Max(reads, fills));
        double joins = Split > 1 ? 40 * Split : 0;
        return busiest * ((iterations * Math.Max(alone, together)) + target.TextureLatencyClocks + joins);
    }

    // Tiles that neighbouring texels lie in.
    private static double Tiles(PatternTarget target, int texels) =>
        Math.Ceiling((double)texels * HalfElements.TexelBytes / target.Tiles.WidthBytes);
}
