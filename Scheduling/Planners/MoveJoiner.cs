using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Joins loads that one step moves into single copies where they lie side by side in both arenas: starting a copy costs time. Copies stay
/// small against the staging, so that the next reads can take over the slots soon.
/// </summary>
internal static class MoveJoiner
{
    /// <summary>Beyond this the cost of starting a copy no longer matters.</summary>
    private const long MostBytes = 4L * 1024 * 1024;

    /// <summary>At least this many copies fit the staging together.</summary>
    private const int InFlight = 4;

    public static PlacedMove[] Join(PlanProblem problem, PlacedLoad[] loads, long stagingBytes)
    {
        long limit = Math.Min(MostBytes, stagingBytes / InFlight);
        var moves = new List<PlacedMove>(loads.Length);
        for (int start = 0; start < loads.Length;)
        {
            long bytes = problem.Chunks[loads[start].Demand.Chunk].SlotBytes;
            int end = start + 1;
            while (end < loads.Length && Continues(problem, loads[end - 1], loads[end]))
            {
                bytes += problem.Chunks[loads[end].Demand.Chunk].SlotBytes;
                if (bytes > limit)
                {
                    break;
                }

                end++;
            }

            moves.Add(new PlacedMove(start, end - start, loads[start].MoveStep, loads[start].Mode));
            start = end;
        }

        return [.. moves];
    }

    private static bool Continues(PlanProblem problem, PlacedLoad before, PlacedLoad load)
    {
        ProblemChunk last = problem.Chunks[before.Demand.Chunk];
        ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
        return chunk.Id == last.Id + 1
            && chunk.Weight == last.Weight
            && load.Demand.First == before.Demand.First
            && load.MoveStep == before.MoveStep
            && load.Mode == before.Mode
            && load.Retained == before.Retained
            && load.Offset == before.Offset + last.SlotBytes
            && load.TargetOffset == before.TargetOffset + last.SlotBytes;
    }
}
