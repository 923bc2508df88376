using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Verdicts;

/// <summary>Whether streaming can pay, said before anything runs. Times are predicted milliseconds of a repeated run.</summary>
public sealed record StreamingVerdict
{
    /// <summary>Slower than resident by at most this share counts as even: predictions are no better.</summary>
    public const double EvenShare = 0.01;

    /// <summary>
    /// The same of policies compared on a real device: medians of one plan's runs differ by this much from one minute to the next on a shared
    /// machine, and predictions are no better (docs/planner.md).
    /// </summary>
    public const double MeasuredEvenShare = 0.1;

    /// <summary>Of the plan.</summary>
    public required double RunMs { get; init; }

    /// <summary>No plan of its problem is shorter.</summary>
    public required double LeastMs { get; init; }

    /// <summary>With everything resident.</summary>
    public required double ResidentMs { get; init; }

    /// <summary>Memory with which everything is resident.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Sum of what steps wait for their weights.</summary>
    public required double WaitMs { get; init; }

    /// <summary>Kernels that wait, the longest wait first.</summary>
    public required ImmutableArray<WaitingKernel> Waiting { get; init; }

    /// <summary>Policies that plan nothing, under the same budget.</summary>
    public required ImmutableArray<(PlanPolicy Policy, double RunMs)> Baselines { get; init; }

    /// <summary>
    /// The smallest budget found for which a plan is even with resident runs; <see cref="ResidentBytes"/> where none smaller is.
    /// </summary>
    public required long BreakEvenBytes { get; init; }

    /// <summary>Times as long as resident.</summary>
    public double Slowdown => RunMs / ResidentMs;

    /// <summary>Even with resident runs.</summary>
    public bool IsEven => RunMs <= ResidentMs * (1 + EvenShare);

    /// <summary>No plan under the budget is even with resident runs: proved, not just not found.</summary>
    public bool CannotBeEven => LeastMs > ResidentMs * (1 + EvenShare);

    /// <summary>Slower than the plan by at most this share counts as just as fast: <see cref="EvenShare"/> or <see cref="MeasuredEvenShare"/>.</summary>
    public double BaselineShare { get; init; } = EvenShare;

    /// <summary>Policies that plan nothing and are as fast, or faster.</summary>
    public IEnumerable<PlanPolicy> EvenBaselines =>
        Baselines.Where(baseline => baseline.RunMs <= RunMs * (1 + BaselineShare)).Select(baseline => baseline.Policy);

    /// <summary>How many times as fast as the best policy that plans nothing; 1 and less: planning gains nothing.</summary>
    public double GainOverBaselines => Baselines.Min(baseline => baseline.RunMs) / RunMs;
}
