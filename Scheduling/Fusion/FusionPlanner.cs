using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Fusion;

/// <summary>The one way to a usable plan together with the kernels that it runs.</summary>
public static class FusionPlanner
{
    /// <summary>Plans, decides fusion where the mode allows it, and accepts results only from the verifier.</summary>
    /// <param name="graph">The model's graph.</param>
    /// <param name="problem">Its problem.</param>
    /// <param name="pose">
    /// The problem of a split graph for the same budget and device. Throws <see cref="BudgetException"/> where the budget does not hold what
    /// splitting stores.
    /// </param>
    /// <param name="solver">As on the command line.</param>
    /// <param name="mode">Whether kernels may be split.</param>
    /// <param name="clock">Measures <see cref="OverlapPlan.SolveMs"/>, all plans together; null leaves it null.</param>
    /// <exception cref="VerificationException">A plan broke a rule (a defect of the planner).</exception>
    public static PlannedFusion Make(
        KernelGraph graph,
        PlanProblem problem,
        Func<SplitGraph, PlanProblem> pose,
        string solver,
        FusionMode mode,
        TimeProvider? clock = null)
    {
        long start = clock?.GetTimestamp() ?? 0;
        PlannedFusion planned = mode == FusionMode.Adaptive
            ? new AdaptiveFusion(graph, pose, posed => PlanMaker.Make(posed, solver), new FusionOptions()).Search(problem)
            : new PlannedFusion(SplitGraph.Whole(graph), problem, PlanMaker.Make(problem, solver));
        return clock is null
            ? planned
            : planned with
            {
                Plan = planned.Plan with { SolveMs = PlanAssembler.Round(clock.GetElapsedTime(start).TotalMilliseconds) },
            };
    }
}
