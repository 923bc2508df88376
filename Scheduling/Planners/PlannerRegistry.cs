using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Planners.CpSat;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Planners;

/// <summary>Which planner serves a policy and a solver name. A new planner gets its line here.</summary>
public static class PlannerRegistry
{
    /// <summary>Names that <c>--solver</c> takes.</summary>
    public static IReadOnlyList<string> Solvers { get; } = ["auto", "cpsat", "fast", "greedy"];

    /// <summary>The solver matters for policy overlap only; the baselines leave nothing to solve.</summary>
    public static IPlanner For(PlanPolicy policy, string solver = "fast") => (policy, solver) switch
    {
        _ when !Solvers.Contains(solver) => throw new UsageException(
            $"unknown solver '{solver}'; there are {string.Join(", ", Solvers)}"),
        (PlanPolicy.Overlap, "greedy") => new GreedyOverlapPlanner(),
        (PlanPolicy.Overlap, "fast") => new FastPlanner(),
        (PlanPolicy.Overlap, "cpsat") => new CpSatPlanner(),
        (PlanPolicy.Overlap, _) => new AutoPlanner(),
        (PlanPolicy.Preload, _) => new PreloadPlanner(),
        (PlanPolicy.Demand, _) => new DemandPlanner(),
        (PlanPolicy.Next, _) => new NextPlanner(),
        (PlanPolicy.SameOp, _) => new SameOpPlanner(),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "unknown policy"),
    };
}
