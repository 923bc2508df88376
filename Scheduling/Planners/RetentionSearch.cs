using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// From the relaxed optimum to a schedule with places. What stays is chosen for the room that placement leaves: the borders of textures take
/// some, and the window beside what stays must hold the chunks of every step in whole. A few windows are tried, every choice is placed and
/// timed, and the best one wins.
/// </summary>
/// <param name="problem">What to plan.</param>
/// <param name="choose">Bytes to keep for a model, by step; null when it knows none.</param>
/// <param name="looksAhead">Windows are tried by several threads at a time, and so is <paramref name="choose"/> called.</param>
internal sealed class RetentionSearch(PlanProblem problem, Func<StreamModel, double[]?> choose, bool looksAhead)
{
    /// <summary>Windows tried, from the least that works (0) to the hungriest step (1).</summary>
    private static readonly double[] Windows = [0.02, 0.15, 0.5, 1];

    /// <summary>Chunks' worth of room given up, one after the other, until every step has its place.</summary>
    internal static readonly int[] Spares = [0, 2, 5, 10];

    private readonly StreamModel model = StreamModel.Of(problem);
    private readonly TimelineModel timeline = new(problem);
    private readonly TexturePlacer textures = new(problem);
    private readonly SchedulePlacer placer = new(problem);
    private readonly ArenaSplit[] splits =
        problem.ZeroCopy ? [new ArenaSplit(0, problem.ArenaCapacity, 0)] : ArenaSplit.Candidates(problem);

    private readonly double largest = LargestSlot(problem);

    /// <summary>Improves on a candidate until nothing is left to try or it is close enough.</summary>
    public PlanCandidate Improve(PlanCandidate best, double closeEnoughMs)
    {
        if (best.JudgedMs <= closeEnoughMs)
        {
            return best;
        }

        var trials = splits.SelectMany(split => Windows.Select(window => (Split: split, Window: window)));
        PlanCandidate[] Try((ArenaSplit Split, double Window) trial) => TryWindow(trial.Split, trial.Window);
        foreach (PlanCandidate[] placed in looksAhead ? LookAhead.Evaluate(trials, Try) : trials.Select(Try))
        {
            best = placed.Aggregate(best, (one, other) => other.IsBetterThan(one) ? other : one);
            if (best.JudgedMs <= closeEnoughMs)
            {
                break;
            }
        }

        return best;
    }

    /// <summary>Improves on a candidate with a choice at hand, where it has a place.</summary>
    public PlanCandidate Improve(PlanCandidate best, double[] bytes) =>
        splits.SelectMany(split => Place(split, bytes)).Aggregate(best, (one, other) => other.IsBetterThan(one) ? other : one);

    /// <summary>The choice for a window, placed, giving up as little room as it needs.</summary>
    private PlanCandidate[] TryWindow(ArenaSplit split, double window)
    {
        foreach (int spare in Spares)
        {
            if (Choose(split, window, spare) is { } bytes && Place(split, bytes).ToArray() is { Length: > 0 } placed)
            {
                return placed;
            }
        }

        return [];
    }

    /// <summary>The choice for these arenas; null when the large steps leave none.</summary>
    private double[]? Choose(ArenaSplit split, double window, int spare)
    {
        double retainable = split.TextureBytes - (spare * largest) - BorderBytes(problem, split.TextureBytes);
        double least = StreamModel.LeastWindow(model.Alone, retainable);
        double most = Math.Max(least, Math.Min(model.Slots.Max(), retainable / 2));
        StreamModel? narrower = model.Within(
            split.StagingBytes + retainable, retainable, least + ((most - least) * window));
        return narrower is null ? null : choose(narrower);
    }

    /// <summary>A choice placed in the ways there are; none when it has no place.</summary>
    private IEnumerable<PlanCandidate> Place(ArenaSplit split, double[] bytes)
    {
        bool[] retained = RetainedRounding.Of(problem, bytes, problem.ZeroCopy || split.KeepsTables(problem));
        if (problem.ZeroCopy)
        {
            if (Fits(problem, retained))
            {
                yield return PlanCandidate.Of(timeline, placer.Place(retained, _ => 0, inOrder: true));
            }

            yield break;
        }

        foreach (RetainedTurn turn in Enum.GetValues<RetainedTurn>())
        {
            if (textures.Place(split, retained, _ => 0, inOrder: true, turn) is { } schedule)
            {
                yield return PlanCandidate.Of(timeline, schedule);
            }
        }
    }

    /// <summary>Every step's chunks fit beside all that stays.</summary>
    internal static bool Fits(PlanProblem problem, bool[] retained)
    {
        long kept = problem.Chunks.Sum(chunk => retained[chunk.Id] ? chunk.SlotBytes : 0);
        return problem.Steps.All(step =>
            kept + step.Chunks.Sum(chunk => retained[chunk] ? 0 : problem.Chunks[chunk].SlotBytes) <= problem.ArenaCapacity);
    }

    /// <summary>Bytes that lie idle before the borders of textures: half a chunk at each.</summary>
    internal static double BorderBytes(PlanProblem problem, long bytes) =>
        problem.ZeroCopy ? 0 : bytes / problem.TextureBlockBytes * LargestSlot(problem) / 2;

    internal static double LargestSlot(PlanProblem problem) =>
        problem.Chunks.Max(chunk => chunk.Uses.IsEmpty || chunk.IsTable ? 0 : chunk.SlotBytes);
}
