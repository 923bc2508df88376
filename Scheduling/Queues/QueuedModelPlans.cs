using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>The plans of one model for one budget: for a single run, and for several in a row.</summary>
internal sealed class QueuedModelPlans
{
    private readonly QueuedPlan single;
    private readonly QueuedPlan? repeated;

    /// <param name="problem">The model under its budget.</param>
    /// <param name="solver">Planner of the repeated run.</param>
    /// <param name="repeats">Some visit has several requests.</param>
    public QueuedModelPlans(PlanProblem problem, string solver, bool repeats)
    {
        Problem = problem;
        bool streams = problem.Policy == PlanPolicy.Overlap;
        repeated = repeats || !streams ? new QueuedPlan(problem, PlanMaker.Make(problem, solver)) : null;
        single = streams ? new QueuedPlan(problem, PlanMaker.MakeCold(problem, new ColdPlanner())) : repeated!;
    }

    public PlanProblem Problem { get; }

    /// <summary>All of them.</summary>
    public IEnumerable<QueuedPlan> All => repeated is null || repeated == single ? [single] : [single, repeated];

    /// <summary>
    /// The one for a visit of so many requests: with several the one that is predicted to be shorter; one alone keeps nothing for later runs, so
    /// that it can begin under the tail of the visit before it and leaves its own to the next.
    /// </summary>
    public QueuedPlan For(int requests) =>
        requests > 1 && repeated is not null && repeated.VisitMs(requests) < single.VisitMs(requests) ? repeated : single;
}
