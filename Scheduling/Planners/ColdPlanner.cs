using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Plans a run that is not repeated, such as one of a model whose memory goes to another model afterwards: everything is read in order of
/// use and as early as room allows, and nothing but what is pinned stays. On devices with a texture tier the split of the arenas with the
/// shortest predicted first run wins.
/// </summary>
public sealed class ColdPlanner : IPlanner
{
    private readonly OverlapPlan? like;
    private readonly ArenaHead? head;

    public ColdPlanner()
    {
    }

    /// <summary>Plans for an arena that another model leaves bit by bit.</summary>
    /// <param name="like">A cold plan of the same problem, whose staging and tables are kept.</param>
    /// <param name="head">When parts of the texture arena, on zero-copy devices of the unified arena, become free.</param>
    internal ColdPlanner(OverlapPlan like, ArenaHead head)
    {
        this.like = like;
        this.head = head;
    }

    public string Name => "cold";

    public OverlapPlan Plan(PlanProblem problem)
    {
        Schedule? schedule = head is null ? Best(problem) : Headed(problem);
        return schedule is null ? like! : new PlanAssembler(problem, schedule).Assemble(Name, awaitPreload: false);
    }

    private Schedule? Headed(PlanProblem problem) => problem.ZeroCopy
        ? new SchedulePlacer(problem).Place(problem.Pinned(), _ => head!.FirstStep, inOrder: true, head)
        : new TexturePlacer(problem).Place(
            new ArenaSplit(like!.UnifiedArenaBytes, head!.Bytes, like.TableArenaBytes),
            problem.Pinned(), _ => head.FirstStep, inOrder: true, head: head);

    private static Schedule Best(PlanProblem problem)
    {
        bool[] pinned = problem.Pinned();
        if (problem.ZeroCopy)
        {
            return new SchedulePlacer(problem).Place(pinned, _ => 0, inOrder: true);
        }

        var model = new TimelineModel(problem);
        var placer = new TexturePlacer(problem);
        Schedule best = Placement.Of(problem, retainAll: false, _ => 0, inOrder: true);
        double bestMs = model.FirstRun(best, awaitAll: false).TotalMs;
        foreach (ArenaSplit split in ArenaSplit.Candidates(problem))
        {
            if (placer.Place(split, pinned, _ => 0, inOrder: true) is { } schedule
                && model.FirstRun(schedule, awaitAll: false).TotalMs is var firstMs && firstMs < bestMs)
            {
                (best, bestMs) = (schedule, firstMs);
            }
        }

        return best;
    }
}
