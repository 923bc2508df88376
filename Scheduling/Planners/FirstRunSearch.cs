using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Of the schedules that keep the same chunks and repeat a run as fast, the one with the shortest first run: what stays is read once, and it
/// may be read in its turn, before all else or in gaps, through more or less staging. Zero-copy devices leave no such choice.
/// </summary>
internal static class FirstRunSearch
{
    /// <param name="problem">What was asked for.</param>
    /// <param name="fastest">The best schedule by its repeated run.</param>
    /// <param name="boundMs">No repeated run is shorter; those that count as optimal beside it are as fast.</param>
    public static PlanCandidate Improve(PlanProblem problem, PlanCandidate fastest, double boundMs)
    {
        if (problem.ZeroCopy || problem.EverythingFits)
        {
            return fastest;
        }

        var retained = new bool[problem.Chunks.Length];
        foreach (PlacedLoad load in fastest.Schedule.Loads)
        {
            retained[load.Demand.Chunk] |= load.Retained;
        }

        double limitMs = Math.Max(fastest.JudgedMs, boundMs * (1 + PlanProof.OptimalGap));
        var timeline = new TimelineModel(problem);
        var placer = new TexturePlacer(problem);
        PlanCandidate? Placed((ArenaSplit Split, RetainedTurn Turn) trial) =>
            placer.Place(trial.Split, retained, _ => 0, inOrder: true, trial.Turn) is { } schedule ? PlanCandidate.Of(timeline, schedule) : null;
        var trials = ArenaSplit.Candidates(problem).SelectMany(split => Enum.GetValues<RetainedTurn>().Select(turn => (split, turn)));
        return LookAhead.Evaluate(trials, Placed).Aggregate(fastest, (best, other) =>
            other is not null && other.JudgedMs <= limitMs && other.FirstRunMs.Value < best.FirstRunMs.Value ? other : best);
    }
}
