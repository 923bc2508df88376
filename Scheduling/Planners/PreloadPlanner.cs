using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Policy preload: every chunk is resident before step 0 and stays. What engines do that load a model whole.</summary>
public sealed class PreloadPlanner : IPlanner
{
    public string Name => "baseline";

    public OverlapPlan Plan(PlanProblem problem)
    {
        Schedule schedule = Placement.Of(problem, retainAll: true, _ => 0, inOrder: true);
        return new PlanAssembler(problem, schedule).Assemble(Name, awaitPreload: true);
    }
}
