namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>How a solve ended.</summary>
internal enum SolverStatus
{
    /// <summary>Within <see cref="CpSatOptions.RelativeGap"/> of the best.</summary>
    Optimal,

    /// <summary>The limit ended the search.</summary>
    Feasible,

    /// <summary>The solver says that there is no solution. Never trusted: a plan of another planner proves the contrary.</summary>
    Infeasible,

    /// <summary>The limit ended the search before a solution was found, or the solver refused the model.</summary>
    Unknown,
}

/// <summary>What a solver found.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Kept">Blocks to keep, by group of the program; empty without a solution.</param>
/// <param name="BoundMs">No solution is shorter; 0 when nothing was proved.</param>
internal sealed record SolverAnswer(SolverStatus Status, long[] Kept, double BoundMs);
