using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Places a schedule for policies that keep everything or nothing, on either kind of device.</summary>
internal static class Placement
{
    /// <param name="problem">What to place.</param>
    /// <param name="retainAll">
    /// Keep every used chunk between runs, or only what is pinned. Where everything fits only side by side, because what is pinned leaves more
    /// idle at the borders of textures than all chunks do, everything is kept anyway.
    /// </param>
    /// <param name="earliest">First step with which a read may start, by the step that uses it.</param>
    /// <param name="inOrder">Reads start in order of use.</param>
    public static Schedule Of(PlanProblem problem, bool retainAll, Func<int, int> earliest, bool inOrder)
    {
        bool[] used = [.. problem.Chunks.Select(chunk => !chunk.Uses.IsEmpty)];
        bool[] retained = retainAll ? used : [.. problem.Chunks.Select(chunk => chunk.IsPinned)];
        if (problem.ZeroCopy)
        {
            return new SchedulePlacer(problem).Place(retained, earliest, inOrder);
        }

        var placer = new TexturePlacer(problem);
        ArenaSplit split = ArenaSplit.Default(problem);
        return placer.Place(split, retained, earliest, inOrder)
            ?? (problem.EverythingFits ? placer.Place(split, used, earliest, inOrder) : null)
            ?? throw new InvalidOperationException($"no placement within {split} although every step fits");
    }
}
