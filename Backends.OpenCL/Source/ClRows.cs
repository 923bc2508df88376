using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// How work-items share rows that are reduced along their length, as <c>Kernels/rows.cl</c> describes it: on a CPU a work-item takes
/// whole rows and vectors of a register's width; on a GPU a work-group takes one long or several short rows.
/// </summary>
internal sealed record ClRows(int Rows, int Inner, bool Across, int Run, int Lanes, int GroupRows, int ItemRows)
{
    private const int GroupItems = 256;
    private const int NeighbourRows = 32;
    private const int RunsPerLane = 4;
    private const int LeastItemElements = 4096;
    private const int ItemsPerCore = 4;

    private bool RowFastest => Across;

    /// <summary>Axis of runs of [row, element] views.</summary>
    public int RunAxis => Across ? 0 : 1;

    private int Units => Rows / (Across ? Run : 1);

    private int Groups => (Units + (GroupRows * ItemRows) - 1) / (GroupRows * ItemRows);

    public ClRange Global => new((long)Groups * GroupRows * Lanes);

    public ClRange Local => new(GroupRows * Lanes);

    /// <param name="desc">For errors.</param>
    /// <param name="input">The rows with axes [rows, inner], in memory order as far as that is free. At least one row.</param>
    /// <param name="allowRuns">False for arithmetic that has no vector form.</param>
    /// <param name="traits">The target.</param>
    public static ClRows Create(KernelDesc desc, TensorView input, bool allowRuns, ClTraits traits)
    {
        int rows = ClChecks.Int(desc, input.Shape[0], "rows");
        int inner = ClChecks.Int(desc, input.Shape[1], "elements per row");
        bool across = !IsDense(input, 1) && IsDense(input, 0) && input.Axes[0][^1].Extent >= 4;
        return traits.Cpu ? OnCpu(input, rows, inner, across, allowRuns, traits) : OnGpu(rows, inner, across, traits);
    }

    /// <summary>The definitions that <c>rows.cl</c> asks for, without the file.</summary>
    /// <param name="source">Gets them.</param>
    /// <param name="scalar">Type of the values that are combined: float, int or long.</param>
    public void Define(ClSource source, string scalar) => source
        .Define("ROWS", Rows)
        .Define("INNER", Inner)
        .Define("ACROSS", Across)
        .Run(Run)
        .Define("RUN_T", ClTypes.Suffixed(scalar, Run))
        .Define("ROW_T", Across ? ClTypes.Suffixed(scalar, Run) : scalar)
        .Define("LANES", Lanes)
        .Define("GROUP_ROWS", GroupRows)
        .Define("ROW_FASTEST", RowFastest)
        .Define("ITEM_ROWS", ItemRows);

    private static bool IsDense(TensorView view, int axis) => view.Axes[axis].Length > 0 && view.Axes[axis][^1].Stride == 1;

    private static ClRows OnCpu(TensorView input, int rows, int inner, bool across, bool allowRuns, ClTraits traits)
    {
        // Runs across fill the rows whole; runs in a row of several pieces do not pass over their ends.
        ImmutableArray<ViewFactor> factors = input.Axes[across ? 0 : 1];
        bool whole = across || factors.Length > 1;
        int run = allowRuns ? ClWalk.WidestRun(traits) : 1;
        while (run > 1 && (whole ? factors[^1].Extent % run != 0 : run > inner))
        {
            run /= 2;
        }

        int units = across ? rows / run : rows;
        long unitElements = Math.Max(1, (long)inner * (across ? run : 1));
        long fair = Math.Max(1, units / (traits.ComputeUnits * ItemsPerCore));
        long least = Math.Max(1, LeastItemElements / unitElements);
        return new ClRows(rows, inner, across, run, 1, 1, (int)Math.Min(units, Math.Max(fair, least)));
    }

    private static ClRows OnGpu(int rows, int inner, bool across, ClTraits traits)
    {
        int most = PowerOfTwo(Math.Min(GroupItems, traits.MaxWorkGroup));
        if (across)
        {
            int groupRows = Math.Min(most, Math.Min(NeighbourRows, PowerOfTwo(rows)));
            return new ClRows(rows, inner, true, 1, Math.Min(most / groupRows, PowerOfTwo(inner / RunsPerLane)), groupRows, 1);
        }

        int lanes = Math.Min(most, PowerOfTwo(inner / RunsPerLane));
        return new ClRows(rows, inner, false, 1, lanes, Math.Min(Math.Max(1, most / 2 / lanes), PowerOfTwo(rows)), 1);
    }

    /// <summary>The largest power of two that is not above a number; 1 for 0.</summary>
    private static int PowerOfTwo(int number) => number <= 1 ? 1 : 1 << System.Numerics.BitOperations.Log2((uint)number);
}
