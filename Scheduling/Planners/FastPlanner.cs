using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Plans by structure. Reading in order of use and as early as room allows is best for given retained chunks, so only what stays resident
/// is left to choose; in bytes that is a convex problem, which <see cref="LatencyBound"/> solves with a proof. Rounded to chunks
/// and placed, its solution is a plan whose distance from the bound is known. docs/planner.md explains it.
/// </summary>
public sealed class FastPlanner : IPlanner
{
    /// <summary>Steps of a descent that looks for a choice and proves nothing.</summary>
    private const int DescentSteps = 300;

    public string Name => "fast";

    public OverlapPlan Plan(PlanProblem problem)
    {
        LatencyBound bound = LatencyBound.Of(problem);
        return Assemble(problem, Best(problem, bound), bound);
    }

    internal static OverlapPlan Assemble(PlanProblem problem, PlanCandidate best, LatencyBound bound) =>
        PlanGoal.Assemble(problem, best, bound.RunMs, "fast");

    /// <summary>The best schedule found, never worse than the greedy planner's.</summary>
    internal static PlanCandidate Best(PlanProblem problem, LatencyBound bound)
    {
        double closeEnough = bound.RunMs * (1 + PlanProof.OptimalGap);
        PlanCandidate greedy = PlanCandidate.Of(
            new TimelineModel(problem), GreedyOverlapPlanner.Schedule(problem, bound.RunMs * (1 + GreedyOverlapPlanner.CloseEnough)));
        return problem.EverythingFits
            ? greedy
            : new RetentionSearch(problem, model => new RetentionDescent(model, DescentSteps).Run().Best, looksAhead: true)
                .Improve(greedy, closeEnough);
    }
}
