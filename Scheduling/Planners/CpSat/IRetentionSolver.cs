namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>Solves a program within the options' limits. An implementation has no state and reads no clock.</summary>
internal interface IRetentionSolver
{
    /// <param name="program">What to solve.</param>
    /// <param name="hint">Blocks to keep, by group: a solution to start from.</param>
    /// <param name="options">Limits.</param>
    SolverAnswer Solve(RetentionProgram program, long[] hint, CpSatOptions options);
}
