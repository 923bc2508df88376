namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>Limits of the CP-SAT solver: counts of work and not of time, so that equal problems get equal plans on any machine.</summary>
public sealed record CpSatOptions
{
    /// <summary>Work of one solve in the solver's deterministic seconds, one to four seconds each on one core; 5 by default.</summary>
    public double DeterministicSeconds { get; init; } = 5;

    /// <summary>A solution proved this close to the best one counts as optimal; <see cref="PlanProof.OptimalGap"/> by default.</summary>
    public double RelativeGap { get; init; } = PlanProof.OptimalGap;

    /// <summary>Seed of the solver; 1 by default. There is one worker, because several would race.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many choices for the room that placement leaves are solved anew; 1 by default.</summary>
    public int Refinements { get; init; } = 1;
}
