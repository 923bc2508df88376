using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>A verified plan with the problem that it solves.</summary>
/// <param name="Problem">Steps and chunks.</param>
/// <param name="Plan">When they are loaded.</param>
public sealed record QueuedPlan(PlanProblem Problem, OverlapPlan Plan)
{
    /// <summary>Predicted time of a visit of so many runs, alone on the device.</summary>
    public double VisitMs(int runs) => Plan.FirstRunMs + ((runs - 1) * Plan.RunMs);
}
