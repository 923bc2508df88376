using System.Runtime.CompilerServices;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// How a product is cut into tasks: blocks of rows by blocks of panels. The choice affects speed only; every cut gives the same bits.
/// </summary>
/// <param name="Rows">Rows per task, the last block may have fewer.</param>
/// <param name="Panels">Panels per task, the last block may have fewer.</param>
internal readonly record struct Partition(int Rows, int Panels)
{
    // Estimated cycles, for comparing cuts: storing 16 results, starting a task, starting a second worker.
    private const double StoreCost = 6;
    private const double TaskCost = 1500;
    private const double WakeCost = 5000;

    // Part of a task by which the workers end apart, because other threads disturb them.
    private const double Unevenness = 0.25;

    private const int RowCuts = 12;

    /// <summary>Chooses the cut with the least estimated time.</summary>
    /// <param name="rows">Rows of each matrix, at least 1.</param>
    /// <param name="depth">Reduction length.</param>
    /// <param name="panels">Panels of each matrix, at least 1.</param>
    /// <param name="matrices">Independent matrices, at least 1.</param>
    /// <param name="workers">Workers that share the tasks.</param>
    /// <param name="packCost">Cycles to pack 16 floats of the left-hand side.</param>
    /// <param name="blockCost">Cycles to make 16 floats of a panel block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Partition Choose(
        long rows, long depth, int panels, int matrices, int workers, double packCost, double blockCost)
    {
        var best = default(Partition);
        double bestTime = double.MaxValue;
        long fewest = (rows + TileShape.MaxRows - 1) / TileShape.MaxRows;
        for (long cuts = fewest; cuts < fewest + RowCuts; cuts++)
        {
            int taskRows = RoundUp((rows + cuts - 1) / cuts);
            int mostPanels = Math.Min(panels, TileShape.MaxTileFloats / (taskRows * TileShape.PanelWidth));
            for (int taskPanels = mostPanels; taskPanels > 0; taskPanels = NextSmaller(panels, taskPanels))
            {
                double work = Math.Min(rows, taskRows) * (double)taskPanels * 2 * (depth + StoreCost);
                double packing = Math.Min(rows, taskRows) * (depth / 16.0) * packCost;
                double blocks = taskPanels * 2.0 * depth * blockCost;
                double task = work + packing + blocks + TaskCost;
                long tasks = matrices * ((rows + taskRows - 1) / taskRows) * ((panels + taskPanels - 1) / taskPanels);
                double rounds = Math.Max((tasks + workers - 1) / workers, (double)tasks / workers);
                double time = tasks == 1 ? task : ((rounds + Unevenness) * task) + WakeCost;
                if (time < bestTime)
                {
                    bestTime = time;
                    best = new Partition(taskRows, taskPanels);
                }
            }

            if (taskRows == TileShape.TileRows)
            {
                break;
            }
        }

        return best;
    }

    // Whole register tiles, so that only the last block has a remainder.
    private static int RoundUp(long rows) =>
        (int)((rows + TileShape.TileRows - 1) / TileShape.TileRows * TileShape.TileRows);

    // The largest panel count that makes at least one block more; 0 when blocks are single panels.
    private static int NextSmaller(int panels, int taskPanels)
    {
        if (taskPanels == 1)
        {
            return 0;
        }

        int blocks = (panels + taskPanels - 1) / taskPanels;
        return Math.Min(taskPanels - 1, (panels + blocks) / (blocks + 1));
    }
}
