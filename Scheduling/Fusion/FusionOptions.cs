namespace FlashMem.Scheduling.Fusion;

/// <summary>
/// Figures of adaptive fusion. The FlashMem paper (section 4.3) names them and prints none of their values: these are ours.
/// </summary>
internal sealed record FusionOptions
{
    /// <summary>Lambda: penalty of a byte that no kernel could carry.</summary>
    public double BytePenalty { get; init; } = 1;

    /// <summary>Mu: penalty of a byte that was carried early, for every step by which it was.</summary>
    public double DistancePenalty { get; init; } = 0.02;

    /// <summary>Alpha: the parts must carry more than (1 + alpha) times as much as the whole.</summary>
    public double CapacityGain { get; init; } = 0.25;

    /// <summary>Candidates looked at in one round.</summary>
    public int MostCandidates { get; init; } = 64;

    /// <summary>Rounds; each goes on from the best plan so far.</summary>
    public int MostRounds { get; init; } = 3;

    /// <summary>A plan must be better by this share to take another's place: a split kernel must pay.</summary>
    public double LeastGain { get; init; } = 0.005;
}
