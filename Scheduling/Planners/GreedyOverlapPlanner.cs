using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Streams in order of use, every read as early as the arena allows, and keeps some chunks between runs. How many bytes are kept and how
/// many form the streaming window is tried over a few splits; the one with the shortest predicted repeated run wins, then the shortest
/// first run, then the smallest arena.
/// </summary>
public sealed class GreedyOverlapPlanner : IPlanner
{
    public string Name => "greedy";

    public OverlapPlan Plan(PlanProblem problem)
    {
        var model = new TimelineModel(problem);
        var placer = new SchedulePlacer(problem);
        Candidate best = Evaluate(problem, model, placer, new bool[problem.Chunks.Length]);
        foreach (bool[] retained in RetainedSets(problem))
        {
            Candidate candidate = Evaluate(problem, model, placer, retained);
            if (candidate.IsBetterThan(best))
            {
                best = candidate;
            }
        }

        OverlapPlan plan = new PlanAssembler(problem, best.Schedule).Assemble(Name, awaitPreload: false);
        double bound = PlanAssembler.Round(PlanBound.RepeatedRun(problem).LowerBoundMs);
        double gap = plan.RunMs > 0 ? Math.Max(0, (plan.RunMs - bound) / plan.RunMs) : 0;
        return plan with
        {
            Objective = plan.RunMs,
            Bound = bound,
            Gap = PlanAssembler.Round(gap),
            Status = plan.RunMs <= bound ? PlanStatus.Optimal : PlanStatus.Feasible,
        };
    }

    private static IEnumerable<bool[]> RetainedSets(PlanProblem problem)
    {
        if (problem.EverythingFits)
        {
            yield return [.. problem.Chunks.Select(chunk => !chunk.Uses.IsEmpty)];
            yield break;
        }

        var chooser = new RetainedChooser(problem);
        long capacity = problem.ArenaCapacity;
        long hungriest = problem.Steps.Max(step => step.Chunks.Sum(chunk => problem.Chunks[chunk].SlotBytes));
        long[] windows = [hungriest, 2 * hungriest, 4 * hungriest, capacity / 8, capacity / 4, capacity / 2, capacity * 3 / 4];
        foreach (long window in windows.Where(window => window >= hungriest && window < capacity).Distinct().Order())
        {
            yield return chooser.WhereLate(capacity - window, window);
            yield return chooser.Evenly(capacity - window);
        }
    }

    private static Candidate Evaluate(PlanProblem problem, TimelineModel model, SchedulePlacer placer, bool[] retained)
    {
        Schedule schedule = placer.Place(retained, _ => 0, inOrder: true);
        return new Candidate(
            schedule,
            model.RepeatedRun(schedule, awaitAll: false).TotalMs,
            model.FirstRun(schedule, awaitAll: false).TotalMs);
    }

    private sealed record Candidate(Schedule Schedule, double RunMs, double FirstRunMs)
    {
        /// <summary>Differences below this are rounding.</summary>
        private const double ToleranceMs = 1e-6;

        public bool IsBetterThan(Candidate other)
        {
            if (Math.Abs(RunMs - other.RunMs) > ToleranceMs)
            {
                return RunMs < other.RunMs;
            }

            if (Math.Abs(FirstRunMs - other.FirstRunMs) > ToleranceMs)
            {
                return FirstRunMs < other.FirstRunMs;
            }

            return Schedule.ArenaBytes < other.Schedule.ArenaBytes;
        }
    }
}
