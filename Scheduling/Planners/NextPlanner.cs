using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Policy next (the paper's Always-Next): a step's chunks are read while the step before it runs, as far as the arena has room; nothing
/// is kept.
/// </summary>
public sealed class NextPlanner : IPlanner
{
    public string Name => "baseline";

    public OverlapPlan Plan(PlanProblem problem)
    {
        Schedule schedule = Placement.Of(problem, retainAll: false, step => Math.Max(0, step - 1), inOrder: true);
        return new PlanAssembler(problem, schedule).Assemble(Name, awaitPreload: false);
    }
}
