using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Streams in order of use, every read as early as the arena allows, and keeps some chunks between runs. How many bytes are kept and how
/// many form the streaming window is tried over a few splits; the one with the shortest predicted repeated run wins, then the shortest
/// first run, then the smallest arena. Devices with a texture tier have <see cref="TextureSearch"/>.
/// </summary>
public sealed class GreedyOverlapPlanner : IPlanner
{
    /// <summary>A plan this close to the bound ends the search: nothing left to gain is worth the planning time.</summary>
    internal const double CloseEnough = 0.001;

    public string Name => "greedy";

    public OverlapPlan Plan(PlanProblem problem)
    {
        double bound = LatencyBound.Of(problem).RunMs;
        PlanCandidate best = PlanCandidate.Of(new TimelineModel(problem), Schedule(problem, bound * (1 + CloseEnough)));
        return PlanGoal.Assemble(problem, best, bound, Name);
    }

    /// <summary>The best schedule found; one as short as <paramref name="closeEnoughMs"/> ends the search.</summary>
    internal static Schedule Schedule(PlanProblem problem, double closeEnoughMs) =>
        problem.ZeroCopy ? BestInOneTier(problem, closeEnoughMs) : new TextureSearch(problem).Best(closeEnoughMs);

    private static Schedule BestInOneTier(PlanProblem problem, double closeEnoughMs)
    {
        var model = new TimelineModel(problem);
        var placer = new SchedulePlacer(problem);
        PlanCandidate best = Evaluate(model, placer, problem.Pinned());
        foreach (bool[] retained in RetainedSets(problem))
        {
            PlanCandidate candidate = Evaluate(model, placer, retained);
            if (candidate.IsBetterThan(best))
            {
                best = candidate;
            }

            if (best.JudgedMs <= closeEnoughMs)
            {
                break;
            }
        }

        return best.Schedule;
    }

    /// <summary>Sets to try, the largest first.</summary>
    private static IEnumerable<bool[]> RetainedSets(PlanProblem problem)
    {
        if (problem.EverythingFits)
        {
            yield return [.. problem.Chunks.Select(chunk => !chunk.Uses.IsEmpty)];
            yield break;
        }

        var chooser = new RetainedChooser(problem);
        long capacity = problem.ArenaCapacity;
        long hungriest = problem.Steps.Max(
            step => step.Chunks.Sum(chunk => problem.Chunks[chunk].IsPinned ? 0 : problem.Chunks[chunk].SlotBytes));
        long[] windows = [hungriest, 2 * hungriest, 4 * hungriest, capacity / 4, capacity / 2];
        foreach (long window in windows.Where(window => window >= hungriest && window < capacity).Distinct().Order())
        {
            yield return chooser.WhereLate(capacity - window, window);
            yield return chooser.Evenly(capacity - window);
        }
    }

    private static PlanCandidate Evaluate(TimelineModel model, SchedulePlacer placer, bool[] retained) =>
        PlanCandidate.Of(model, placer.Place(retained, _ => 0, inOrder: true));
}
