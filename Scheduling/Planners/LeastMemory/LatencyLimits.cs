namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>How long the runs of a plan of least memory may take, in predicted milliseconds.</summary>
internal readonly record struct LatencyLimits(double FirstRunMs, double RunMs)
{
    /// <summary>Rounding in plans.</summary>
    private const double ToleranceMs = 1e-6;

    /// <param name="best">The best plan under the budget; it keeps the limits itself.</param>
    /// <param name="slack">Share by which its runs may be exceeded.</param>
    public static LatencyLimits Of(PlanCandidate best, double slack) =>
        new((best.FirstRunMs.Value * (1 + slack)) + ToleranceMs, (best.RunMs * (1 + slack)) + ToleranceMs);

    public bool AreKeptBy(MemoryCandidate candidate) => candidate.RunMs <= RunMs && candidate.FirstRunMs <= FirstRunMs;
}
