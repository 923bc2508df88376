using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Places a schedule for policies that keep everything or nothing, on either kind of device.</summary>
internal static class Placement
{
    /// <param name="problem">What to place.</param>
    /// <param name="retainAll">Keep every used chunk between runs, or only what is pinned.</param>
    /// <param name="earliest">First step with which a read may start, by the step that uses it.</param>
    /// <param name="inOrder">Reads start in order of use.</param>
    public static Schedule Of(PlanProblem problem, bool retainAll, Func<int, int> earliest, bool inOrder)
    {
        bool[] retained = [.. problem.Chunks.Select(chunk => chunk.IsPinned || (retainAll && !chunk.Uses.IsEmpty))];
        if (problem.ZeroCopy)
        {
            return new SchedulePlacer(problem).Place(retained, earliest, inOrder);
        }

        ArenaSplit split = ArenaSplit.Default(problem);
        return new TexturePlacer(problem).Place(split, retained, earliest, inOrder) ?? throw new InvalidOperationException(
            $"no placement within {split} although every step fits");
    }
}
