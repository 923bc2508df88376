using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Policy demand: a step's chunks are read when it is reached, nothing ahead, nothing kept.</summary>
public sealed class DemandPlanner : IPlanner
{
    public string Name => "baseline";

    public OverlapPlan Plan(PlanProblem problem)
    {
        Schedule schedule = Placement.Of(problem, retainAll: false, step => step, inOrder: true);
        return new PlanAssembler(problem, schedule).Assemble(Name, awaitPreload: false);
    }
}
