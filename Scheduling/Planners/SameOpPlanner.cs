using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Policy same-op (the paper's Same-Op-Type prefetch): a step's chunks are read while the last earlier step of the same kernel family
/// that has chunks runs, as far as the arena has room; the first of a family is read when it is reached. Nothing is kept.
/// </summary>
public sealed class SameOpPlanner : IPlanner
{
    public string Name => "baseline";

    public OverlapPlan Plan(PlanProblem problem)
    {
        var earliest = new int[problem.Steps.Length];
        var latest = new Dictionary<KernelFamily, int>();
        foreach (ProblemStep step in problem.Steps)
        {
            earliest[step.Index] = latest.GetValueOrDefault(step.Family, step.Index);
            if (!step.Chunks.IsEmpty)
            {
                latest[step.Family] = step.Index;
            }
        }

        Schedule schedule = Placement.Of(problem, retainAll: false, step => earliest[step], inOrder: false);
        return new PlanAssembler(problem, schedule).Assemble(Name, awaitPreload: false);
    }
}
