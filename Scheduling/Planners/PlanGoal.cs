using System.Collections.Immutable;
using System.Globalization;
using FlashMem.Scheduling.Planners.LeastMemory;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// From the fastest schedule that a planner found to the plan that was asked for: that schedule, or least memory within the slack of it.
/// </summary>
internal static class PlanGoal
{
    /// <param name="problem">What was asked for.</param>
    /// <param name="fastest">The planner's answer for least latency.</param>
    /// <param name="boundMs">No repeated run is shorter.</param>
    /// <param name="solver">Name of the planner.</param>
    /// <param name="notes">How its solver ended.</param>
    public static OverlapPlan Assemble(
        PlanProblem problem, PlanCandidate fastest, double boundMs, string solver, params ImmutableArray<string> notes)
    {
        fastest = FirstRunSearch.Improve(problem, fastest, boundMs);
        if (problem.LatencySlack is not { } slack)
        {
            return PlanProof.Attach(Plan(problem, fastest.Schedule, solver), boundMs) with { Notes = notes };
        }

        var limits = LatencyLimits.Of(fastest, slack);
        MemoryCandidate least = MemorySearch.Run(problem, fastest, limits);
        return PlanProof.AttachMemory(Plan(problem, least.Schedule, solver), MemoryBound.Of(problem, limits)) with
        {
            Notes = notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"least memory within {slack * 100:0.##} % of the fastest plan's first run of {fastest.FirstRunMs.Value:0.###} ms and "
                + $"repeated run of {fastest.RunMs:0.###} ms (bound {boundMs:0.###} ms)")),
        };
    }

    private static OverlapPlan Plan(PlanProblem problem, Schedule schedule, string solver) =>
        new PlanAssembler(problem, schedule).Assemble(solver, awaitPreload: false);
}
