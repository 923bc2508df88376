namespace FlashMem.Simulator.Compute;

/// <summary>When a launch counts as known well enough to stop simulating it.</summary>
internal sealed record SteadyStateOptions
{
    /// <summary>Simulates every workgroup.</summary>
    public static SteadyStateOptions Everything { get; } = new() { MostRounds = long.MaxValue, FewestRounds = long.MaxValue };

    /// <summary>
    /// Parts of a thousand by which the time of the last rounds may differ from that of as many rounds before them; 10 by default.
    /// </summary>
    public long TolerancePerMille { get; init; } = 10;

    /// <summary>Rounds simulated at least before the rest is extrapolated; 2 by default. A round is one workgroup in every place.</summary>
    public long FewestRounds { get; init; } = 2;

    /// <summary>Rounds after which the rest is extrapolated even if times still change; 64 by default.</summary>
    public long MostRounds { get; init; } = 64;
}
