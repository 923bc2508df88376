using System.Collections.Immutable;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verdicts;

/// <summary>What memory buys: verified plans for budgets from the smallest that works to everything resident.</summary>
public static class MemoryLatencyCurve
{
    /// <summary>Plans in order of budgets, each of the next one about the same factor larger.</summary>
    /// <param name="pose">The problem of a budget.</param>
    /// <param name="smallest">The smallest budget that works.</param>
    /// <param name="resident">A budget with which everything is resident.</param>
    /// <param name="points">How many; at least 2.</param>
    /// <param name="solver">Planner.</param>
    public static ImmutableArray<OverlapPlan> Of(
        Func<long, PlanProblem> pose, long smallest, long resident, int points, string solver) =>
    [
        .. Budgets(smallest, resident, points).Select(budget => PlanMaker.Make(pose(budget), solver)),
    ];

    /// <summary>The plans that no other one beats in both peak memory and predicted repeated run.</summary>
    public static ImmutableArray<OverlapPlan> Front(ImmutableArray<OverlapPlan> plans) =>
    [
        .. plans.Where(plan => !plans.Any(other =>
            other.PeakBytes <= plan.PeakBytes && other.RunMs <= plan.RunMs
            && (other.PeakBytes < plan.PeakBytes || other.RunMs < plan.RunMs))),
    ];

    private static IEnumerable<long> Budgets(long smallest, long resident, int points)
    {
        double factor = Math.Pow((double)resident / smallest, 1.0 / (points - 1));
        return Enumerable.Range(0, points)
            .Select(i => i == points - 1 ? resident : Alignment.Up((long)(smallest * Math.Pow(factor, i)), Alignment.Block))
            .Select(budget => Math.Clamp(budget, smallest, resident))
            .Distinct();
    }
}
