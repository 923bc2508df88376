using FlashMem.Scheduling.Planners.CpSat;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>The fast planner where its plan is proved good enough, else CP-SAT from there, if seconds of solving can pay at all.</summary>
public sealed class AutoPlanner : IPlanner
{
    /// <summary>A gap that needs no solver.</summary>
    private const double GoodEnough = 0.01;

    /// <summary>Less than this is not worth loading a solver for.</summary>
    private const double LeastGainMs = 5;

    private readonly CpSatPlanner solver = new(new CpSatSolver(), new CpSatOptions { DeterministicSeconds = 2, Refinements = 1 });

    public string Name => "auto";

    public OverlapPlan Plan(PlanProblem problem)
    {
        LatencyBound bound = LatencyBound.Of(problem);
        PlanCandidate fast = FastPlanner.Best(problem, bound);
        double gainMs = fast.RunMs - bound.RunMs;
        return problem.EverythingFits || gainMs <= Math.Max(LeastGainMs, GoodEnough * fast.RunMs)
            ? FastPlanner.Assemble(problem, fast, bound)
            : solver.Plan(problem, bound, fast);
    }
}
