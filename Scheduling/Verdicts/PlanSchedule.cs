using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verdicts;

/// <summary>Reads a verified plan back as a schedule, so that its repeated run can be timed step by step.</summary>
internal static class PlanSchedule
{
    public static Schedule Of(OverlapPlan plan, PlanProblem problem)
    {
        List<PlacedLoad> loads = Loads(plan, problem);
        var moves = new List<PlacedMove>();
        var next = new Dictionary<int, int>();
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkMove move in plan.Steps[t].Moves)
            {
                int first = loads.FindIndex(next.GetValueOrDefault(move.FirstChunk), load => load.Demand.Chunk == move.FirstChunk);
                moves.Add(new PlacedMove(first, move.Count, t, move.Mode));
                for (int i = first; i < first + move.Count; i++)
                {
                    next[loads[i].Demand.Chunk] = i + 1;
                    loads[i] = loads[i] with { MoveStep = t, Mode = move.Mode };
                }
            }
        }

        return new Schedule([.. loads], plan.UnifiedArenaBytes)
        {
            Moves = [.. moves], TextureBytes = plan.TextureArenaBytes, TableBytes = plan.TableArenaBytes,
        };
    }

    private static List<PlacedLoad> Loads(OverlapPlan plan, PlanProblem problem)
    {
        var retained = plan.Retained.ToHashSet();
        var loads = new List<PlacedLoad>();
        foreach ((ChunkLoad load, int step) in plan.Preloaded.Select(load => (load, 0))
            .Concat(plan.Steps.SelectMany((step, t) => step.Loads.Select(load => (load, t)))))
        {
            ProblemChunk chunk = problem.Chunks[load.Chunk];
            int first = chunk.Uses.First(use => use >= step);
            bool stays = retained.Contains(load.Chunk);
            int last = stays
                ? chunk.LastStep
                : Enumerable.Range(first, plan.Steps.Length - first).First(t => plan.Steps[t].Releases.Contains(load.Chunk));
            long end = load.Offset + chunk.SlotBytes;
            int behind = problem.ZeroCopy ? -1 : loads.FindLastIndex(before =>
                before.Offset < end && load.Offset < before.Offset + problem.Chunks[before.Demand.Chunk].SlotBytes);
            loads.Add(new PlacedLoad(new ChunkDemand(load.Chunk, first, last, step), load.Offset, step, stays) { Behind = behind });
        }

        return loads;
    }
}
