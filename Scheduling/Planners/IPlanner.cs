using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Makes a plan for a problem. Pure: equal problems give equal plans. The result is accepted only from the verifier.</summary>
public interface IPlanner
{
    /// <summary>Name in plans and on the command line.</summary>
    string Name { get; }

    OverlapPlan Plan(PlanProblem problem);
}
