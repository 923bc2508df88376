using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;

namespace FlashMem.Scheduling.Planners;

/// <summary>The one way to a usable plan: plan, measure, verify.</summary>
public static class PlanMaker
{
    /// <summary>Plans with the planner for the problem's policy and accepts the result only from the verifier.</summary>
    /// <param name="problem">What to plan.</param>
    /// <param name="solver">As on the command line; fast by default, which loads nothing.</param>
    /// <param name="clock">Measures <see cref="OverlapPlan.SolveMs"/>; null leaves it null.</param>
    /// <exception cref="VerificationException">The plan broke a rule (a defect of the planner).</exception>
    public static OverlapPlan Make(PlanProblem problem, string solver = "fast", TimeProvider? clock = null)
    {
        IPlanner planner = PlannerRegistry.For(problem.Policy, solver);
        long start = clock?.GetTimestamp() ?? 0;
        OverlapPlan plan = planner.Plan(problem);
        if (plan.Objective is null)
        {
            // A baseline minimises nothing, but how far it is from what is possible is known all the same.
            plan = PlanProof.Attach(plan, LatencyBound.Of(problem).RunMs);
        }

        if (clock is not null)
        {
            plan = plan with { SolveMs = PlanAssembler.Round(clock.GetElapsedTime(start).TotalMilliseconds) };
        }

        PlanVerifier.Require(plan, problem);
        return plan;
    }

    /// <summary>A verified plan of a run that is not repeated, about which the bound of repeated runs says nothing.</summary>
    /// <exception cref="VerificationException">The plan broke a rule (a defect of the planner).</exception>
    public static OverlapPlan MakeCold(PlanProblem problem, ColdPlanner planner)
    {
        OverlapPlan plan = planner.Plan(problem);
        PlanVerifier.Require(plan, problem);
        return plan;
    }
}
