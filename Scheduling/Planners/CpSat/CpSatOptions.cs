namespace FlashMem.Scheduling.Planners.CpSat;

/// <summary>Limits of the CP-SAT solver: counts of work and not of time, so that equal problems get equal plans on any machine.</summary>
public sealed record CpSatOptions
{
    /// <summary>Work of one solve in the solver's deterministic seconds, about a second each on one core; 15 by default.</summary>
    public double DeterministicSeconds { get; init; } = 15;

    /// <summary>A solution proved this close to the best one counts as optimal; 0.001 by default.</summary>
    public double RelativeGap { get; init; } = 0.001;

    /// <summary>Seed of the solver; 1 by default. There is one worker, because several would race.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many choices for the room that placement leaves are solved anew; 2 by default.</summary>
    public int Refinements { get; init; } = 2;
}
