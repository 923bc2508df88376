using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>
/// Least memory at a latency slack, from the best plan under the budget: within less and less room, found by bisection, few bytes stay and
/// reads start late (<see cref="RoomSearch"/>). Of all that keeps the limits the least mean memory wins. Work is counted in
/// placements, never in time.
/// </summary>
internal static class MemorySearch
{
    /// <summary>Rooms tried below the whole.</summary>
    private const int Rooms = 4;

    /// <summary>The best candidate found; the fastest one if nothing else keeps the limits.</summary>
    public static MemoryCandidate Run(PlanProblem problem, PlanCandidate fastest, LatencyLimits limits)
    {
        MemoryCandidate best = MemoryCandidate.Of(problem, fastest.Schedule);
        long low = ArenaSplit.LeastBytes(problem);

        // Where everything fits there is nothing to stream: with one block less there is everything to choose.
        long high = Math.Min(problem.ArenaCapacity, problem.EverythingBytes - Alignment.Block);
        if (low > high)
        {
            return best;
        }

        best = Better(best, new RoomSearch(problem with { ArenaCapacity = high }, limits).Run(fastest.Schedule));
        for (int i = 0; i < Rooms; i++)
        {
            long middle = Alignment.Down(low + ((high - low) / 2), Alignment.Block);
            MemoryCandidate? found = new RoomSearch(problem with { ArenaCapacity = middle }, limits).Run(fastest.Schedule);
            best = Better(best, found);
            (low, high) = found is null ? (middle, high) : (low, middle);
        }

        return best;
    }

    private static MemoryCandidate Better(MemoryCandidate best, MemoryCandidate? other) =>
        other is not null && other.IsBetterThan(best) ? other : best;
}
