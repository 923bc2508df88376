using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>
/// Least mean memory within given arenas: how few bytes may stay is found by bisection, the relaxed problem choosing which; then every read
/// starts as late as it can still be hidden.
/// </summary>
/// <param name="problem">What to plan; its arenas do not hold everything.</param>
/// <param name="limits">How long runs may take.</param>
internal sealed class RoomSearch(PlanProblem problem, LatencyLimits limits)
{
    /// <summary>Choices placed by the bisection over resident bytes.</summary>
    private const int Halvings = 6;

    private const int RelaxedHalvings = 10;

    /// <summary>Steps of a descent that looks for a choice.</summary>
    private const int DescentSteps = 300;

    /// <summary>
    /// How much longer than predicted reads are taken to need. A few, because links and carried moves are not in the walk back; above 1,
    /// because devices are slower than their figures more often than faster.
    /// </summary>
    private static readonly double[] Leads = [1.25, 1.5, 2, 3, 5];

    private readonly StreamModel model = StreamModel.Of(problem);
    private readonly TexturePlacer textures = new(problem);
    private readonly SchedulePlacer placer = new(problem);
    private readonly double largest = RetentionSearch.LargestSlot(problem);
    private readonly ArenaSplit[] splits =
        problem.ZeroCopy ? [new ArenaSplit(0, problem.ArenaCapacity, 0)] : ArenaSplit.Candidates(problem);

    private MemoryCandidate? best;

    /// <summary>The best candidate that keeps the limits; null when none was found.</summary>
    /// <param name="fastest">Keeps as much as is worth trying; what it keeps is tried, too, where it has a place.</param>
    public MemoryCandidate? Run(Schedule fastest)
    {
        double low = RelaxedLeast();
        double high = fastest.Loads.Sum(load => load.Retained ? (double)problem.Chunks[load.Demand.Chunk].SlotBytes : 0);
        high = Math.Min(high, model.MostRetained);
        if (low > high)
        {
            return null;
        }

        TryKept(fastest);
        TryKeeping(low);
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = TryKeeping(middle) ? (low, middle) : (middle, high);
        }

        return best;
    }

    /// <summary>Fewest bytes with which the relaxed run keeps the limit: fewer need not be placed. Infinite when none do.</summary>
    private double RelaxedLeast()
    {
        if (!RelaxedWorks(model.MostRetained))
        {
            return double.PositiveInfinity;
        }

        double low = 0;
        double high = model.MostRetained;
        for (int i = 0; i < RelaxedHalvings; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = RelaxedWorks(middle) ? (low, middle) : (middle, high);
        }

        return low;
    }

    private bool RelaxedWorks(double most) =>
        new RetentionDescent(model with { MostRetained = most }, DescentSteps).Run().BestMs <= limits.RunMs;

    private void TryKept(Schedule schedule)
    {
        bool[] kept = problem.Pinned();
        foreach (PlacedLoad load in schedule.Loads.Where(load => load.Retained))
        {
            kept[load.Demand.Chunk] = true;
        }

        long textureBytes = problem.ArenaCapacity - schedule.ArenaBytes - schedule.TableBytes;
        var split = problem.ZeroCopy ? splits[0] : new ArenaSplit(schedule.ArenaBytes, textureBytes, schedule.TableBytes);
        if (split.TextureBytes >= 0 && Place(split, kept, _ => 0) is { } early)
        {
            TryLate(split, kept, early);
        }
    }

    /// <summary>Places choices that keep at most so many bytes, the smallest staging first; true when one keeps the limits.</summary>
    private bool TryKeeping(double bytes)
    {
        foreach (ArenaSplit split in splits)
        {
            foreach (int spare in RetentionSearch.Spares)
            {
                bool keepTables = problem.ZeroCopy || split.KeepsTables(problem);
                bool[]? retained = Choose(split, bytes, spare) is { } kept ? RetainedRounding.Of(problem, kept, keepTables) : null;
                if (retained is null || Place(split, retained, _ => 0) is not { } early)
                {
                    continue;
                }

                if (TryLate(split, retained, early))
                {
                    return true;
                }

                break;
            }
        }

        return false;
    }

    /// <summary>What stays, with some chunks' worth of room given up to placement; null when the large steps leave no choice.</summary>
    private double[]? Choose(ArenaSplit split, double bytes, int spare)
    {
        double room = split.TextureBytes - RetentionSearch.BorderBytes(problem, split.TextureBytes) - (spare * largest);
        double most = Math.Min(bytes, room);
        double[] least = [.. model.Slots.Select(slots => Math.Max(0, slots - (room - most)))];
        return most < 0 || least.Sum() > most
            ? null
            : new RetentionDescent(
                model with { Capacity = split.StagingBytes + room, MostRetained = most, LeastRetained = least }, DescentSteps).Run().Best;
    }

    /// <summary>The same with reads as late as the limits allow; false when even the earliest reads break them.</summary>
    private bool TryLate(ArenaSplit split, bool[] retained, Schedule early)
    {
        if (!TryOne(early))
        {
            return false;
        }

        var starts = new LateStarts(problem, early);
        foreach (double lead in Leads)
        {
            int[] steps = starts.Steps(lead);
            if (Place(split, retained, step => steps[step]) is { } late && TryOne(late))
            {
                break;
            }
        }

        return true;
    }

    private bool TryOne(Schedule schedule)
    {
        MemoryCandidate candidate = MemoryCandidate.Of(problem, schedule);
        if (!limits.AreKeptBy(candidate))
        {
            return false;
        }

        best = best is null || candidate.IsBetterThan(best) ? candidate : best;
        return true;
    }

    private Schedule? Place(ArenaSplit split, bool[] retained, Func<int, int> earliest)
    {
        if (!problem.ZeroCopy)
        {
            return textures.Place(split, retained, earliest, inOrder: true);
        }

        return RetentionSearch.Fits(problem, retained) ? placer.Place(retained, earliest, inOrder: true) : null;
    }
}
