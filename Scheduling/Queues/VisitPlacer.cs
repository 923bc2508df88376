using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Lays visits in the pools so that each loads as much as possible under the tail of the one before it. A visit of one request is planned
/// anew for the room that it finds: its first chunks go where the other model needs its memory no more soonest. One of several requests
/// keeps its plan. Several places are tried for an arena that is smaller than its pool.
/// </summary>
/// <param name="pools">Sizes of the pools.</param>
internal sealed class VisitPlacer(PoolBytes pools)
{
    /// <summary>Places tried for an arena smaller than its pool.</summary>
    private const int Places = 4;

    /// <summary>The queue's first visit, which finds the pools empty.</summary>
    public QueueVisit First(QueueVisit visit) => visit with
    {
        Places = ModelPlaces.Of(visit.Plan, visit.Planned.Problem.ZeroCopy, pools, zone: 0, arena: 0),
    };

    /// <summary>A visit after another.</summary>
    public QueueVisit Place(QueueVisit visit, QueueVisit before)
    {
        LastUses uses = LastUses.Of(before.Planned, before.Places!, pools);
        var tail = new TailTimes(before.Planned, isFirstRun: before.Requests == 1);
        QueueVisit? best = null;
        foreach (long arena in ArenaStarts(visit.Planned))
        {
            QueueVisit tried = Try(visit, before, uses, tail, arena);
            best = best is null || tried.Handover.AheadMs > best.Handover.AheadMs ? tried : best;
        }

        return best!;
    }

    private QueueVisit Try(QueueVisit visit, QueueVisit before, LastUses uses, TailTimes tail, long arena)
    {
        PlanProblem problem = visit.Planned.Problem;
        int steps = before.Plan.Steps.Length;
        QueuedPlan planned = visit.Planned;
        if (IsCold(planned))
        {
            long start = problem.ZeroCopy ? (2 * pools.Zone) + arena : arena;
            ArenaHead head = uses.Head(problem.ZeroCopy, start, Window(planned), steps);
            planned = new QueuedPlan(problem, PlanMaker.MakeCold(problem, new ColdPlanner(planned.Plan, head)));
        }

        ModelPlaces places = ModelPlaces.Of(planned.Plan, problem.ZeroCopy, pools, 1 - before.Places!.Zone, arena);
        return visit with
        {
            Planned = planned,
            Places = places,
            Handover = new HandoverPlanner(uses, tail, steps, planned, places).Plan(),
        };
    }

    /// <summary>Nothing of it is laid out for later runs, and no kernel moves anything.</summary>
    private static bool IsCold(QueuedPlan planned) =>
        planned.Plan.Retained.IsEmpty && planned.Problem is { MoveMode: MoveMode.CopyQueue, Policy: PlanPolicy.Overlap };

    private long Pool(bool zeroCopy) => zeroCopy ? pools.Unified - (2 * pools.Zone) : pools.Texture;

    /// <summary>Most bytes that the arena which kernels read may have.</summary>
    private long Window(QueuedPlan planned)
    {
        (PlanProblem problem, OverlapPlan plan) = planned;
        return problem.ZeroCopy
            ? Math.Min(Pool(true), problem.ArenaCapacity)
            : Math.Min(Pool(false), problem.ArenaCapacity - plan.UnifiedArenaBytes - plan.TableArenaBytes);
    }

    private IEnumerable<long> ArenaStarts(QueuedPlan planned)
    {
        (PlanProblem problem, OverlapPlan plan) = planned;
        long bytes = IsCold(planned) ? Window(planned) : problem.ZeroCopy ? plan.UnifiedArenaBytes : plan.TextureArenaBytes;
        long spare = Pool(problem.ZeroCopy) - bytes;
        long grain = problem.ZeroCopy || pools.Texture <= problem.TextureBlockBytes ? Alignment.Block : problem.TextureBlockBytes;
        return Enumerable.Range(0, Places).Select(i => Alignment.Down(spare * i / (Places - 1), grain)).Distinct();
    }
}
