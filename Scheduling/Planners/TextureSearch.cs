using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// The search of policy overlap on devices with a texture tier: how much of the arenas is staging, and which chunks stay on the device
/// between runs. The best staging for an even spread of retained chunks is found first, then the best retained chunks for that staging.
/// </summary>
internal sealed class TextureSearch
{
    private readonly PlanProblem problem;
    private readonly TimelineModel model;
    private readonly TexturePlacer placer;
    private readonly RetainedChooser chooser;
    private readonly long hungriest;

    public TextureSearch(PlanProblem problem)
    {
        this.problem = problem;
        model = new TimelineModel(problem);
        placer = new TexturePlacer(problem);
        chooser = new RetainedChooser(problem);
        hungriest = ArenaSplit.HungriestStep(problem, tables: false) + BlockWaste(ArenaSplit.HungriestStep(problem, tables: false));
    }

    /// <summary>The best schedule found; stops as soon as one comes close to a run time that none can beat.</summary>
    public Schedule Best(double closeEnoughMs)
    {
        ArenaSplit[] splits = ArenaSplit.Candidates(problem);
        if (problem.EverythingFits)
        {
            return placer.Place(splits[0], Everything(), _ => 0, inOrder: true)
                ?? throw new InvalidOperationException($"everything fits {splits[0]}, but has no placement there");
        }

        // Reading on demand and keeping nothing always works, so there is something to improve on.
        PlanCandidate best = PlanCandidate.Of(model, Placement.Of(problem, retainAll: false, step => step, inOrder: true));
        PlanCandidate fastest = best;
        ArenaSplit bestSplit = ArenaSplit.Default(problem);
        ArenaSplit fastestSplit = bestSplit;
        var spreads = splits.SelectMany(split => (Trial[])[new(split, Nothing(split)), new(split, Evenly(split, 4 * hungriest))]);
        foreach ((Trial trial, PlanCandidate? found) in LookAhead.Evaluate(spreads, trial => (trial, Placed(trial))))
        {
            if (found is { } candidate)
            {
                (best, bestSplit) = candidate.IsBetterThan(best) ? (candidate, trial.Split) : (best, bestSplit);
                (fastest, fastestSplit) = candidate.IsFasterThan(fastest) ? (candidate, trial.Split) : (fastest, fastestSplit);
            }

            if (best.JudgedMs <= closeEnoughMs)
            {
                return best.Schedule;
            }
        }

        // What a search without doubt would go on with is tried as well, so that doubt never makes a plan worse by its own measure.
        ArenaSplit[] promising = bestSplit == fastestSplit ? [bestSplit] : [bestSplit, fastestSplit];
        var sets = promising.SelectMany(split => RetainedSets(split).Select(retained => new Trial(split, retained)));
        foreach (PlanCandidate? candidate in LookAhead.Evaluate(sets, Placed))
        {
            best = candidate?.IsBetterThan(best) == true ? candidate : best;
            if (best.JudgedMs <= closeEnoughMs)
            {
                break;
            }
        }

        return best.Schedule;
    }

    /// <summary>A set placed in its arenas and timed; null when it has no place there.</summary>
    private PlanCandidate? Placed(Trial trial) =>
        placer.Place(trial.Split, trial.Retained, _ => 0, inOrder: true) is { } schedule ? PlanCandidate.Of(model, schedule) : null;

    /// <summary>Sets to try, the largest first.</summary>
    private IEnumerable<bool[]> RetainedSets(ArenaSplit split)
    {
        long[] windows = [hungriest, 2 * hungriest, 4 * hungriest, split.TextureBytes / 4, split.TextureBytes / 2];
        foreach (long window in windows.Where(window => window >= hungriest && window < split.TextureBytes).Distinct().Order())
        {
            long kept = split.TextureBytes - window - BlockWaste(split.TextureBytes);
            if (kept > 0)
            {
                yield return WithTables(split, GatherToFront(chooser.WhereLate(kept, window)));
                yield return WithTables(split, GatherToFront(chooser.Evenly(kept)));
                yield return WithTables(split, chooser.InWhole(kept, window));
            }
        }
    }

    private bool[] Evenly(ArenaSplit split, long window)
    {
        long kept = split.TextureBytes - Math.Max(hungriest, Math.Min(window, split.TextureBytes / 2)) - BlockWaste(split.TextureBytes);
        return kept > 0 ? WithTables(split, GatherToFront(chooser.Evenly(kept))) : Nothing(split);
    }

    /// <summary>Nothing that need not stay.</summary>
    private bool[] Nothing(ArenaSplit split) => WithTables(split, problem.Pinned());

    private bool[] Everything() => [.. problem.Chunks.Select(chunk => !chunk.Uses.IsEmpty)];

    private bool[] WithTables(ArenaSplit split, bool[] retained)
    {
        if (split.KeepsTables(problem))
        {
            foreach (ProblemChunk chunk in problem.Chunks)
            {
                retained[chunk.Id] |= chunk.IsTable && !chunk.Uses.IsEmpty;
            }
        }

        return retained;
    }

    /// <summary>
    /// Lets every step keep its first chunks instead of any others: then both what it keeps and what it streams lie in one run each, which
    /// kernels read with one launch each. Equal sizes only, so that the bytes stay the same.
    /// </summary>
    private bool[] GatherToFront(bool[] retained)
    {
        foreach (ProblemStep step in problem.Steps)
        {
            int next = 0;
            for (int i = 0; i < step.Chunks.Length; i++)
            {
                ProblemChunk chunk = problem.Chunks[step.Chunks[i]];
                if (!retained[chunk.Id] || !MaySwap(chunk))
                {
                    continue;
                }

                while (next < i && (retained[step.Chunks[next]] || !MaySwap(problem.Chunks[step.Chunks[next]])
                    || problem.Chunks[step.Chunks[next]].SlotBytes != chunk.SlotBytes))
                {
                    next++;
                }

                if (next < i)
                {
                    retained[chunk.Id] = false;
                    retained[step.Chunks[next]] = true;
                }
            }
        }

        return retained;
    }

    /// <summary>Only this step needs it, and any of the step's chunks may stay in its place.</summary>
    private static bool MaySwap(ProblemChunk chunk) => !chunk.IsTable && !chunk.IsPinned && chunk.Uses.Length == 1;

    /// <summary>Most bytes that lie idle before the borders of blocks within so many.</summary>
    private long BlockWaste(long bytes)
    {
        long largest = problem.Chunks.Where(chunk => !chunk.IsTable && !chunk.Uses.IsEmpty).Select(chunk => chunk.SlotBytes)
            .DefaultIfEmpty().Max();
        return bytes / problem.TextureBlockBytes * Math.Max(0, largest - Alignment.Block)
            + (problem.ArenaCapacity > problem.TextureBlockBytes ? largest : 0);
    }

    /// <summary>What stays on the device, by chunk, in arenas of these sizes.</summary>
    private sealed record Trial(ArenaSplit Split, bool[] Retained);
}
