using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Tests.Support;

/// <summary>
/// Gives a zero-copy plan the moves that a device with textures would need: a chunk is moved by the step before its first use of each
/// residency, if it is loading or resident by then, else by the transfer queue at its use.
/// </summary>
internal static class MovesAdded
{
    public static OverlapPlan To(OverlapPlan plan, PlanProblem problem, MoveMode mode)
    {
        var moves = plan.Steps.Select(_ => new List<ChunkMove>()).ToArray();
        var held = new HashSet<int>();
        var moved = new HashSet<int>();
        foreach (ChunkLoad load in plan.Preloaded)
        {
            held.Add(load.Chunk);
        }

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (int chunk in problem.Steps[t].Chunks)
            {
                if (moved.Add(chunk))
                {
                    bool before = t > 0 && held.Contains(chunk);
                    moves[before ? t - 1 : t].Add(new ChunkMove(
                        problem.Chunks[chunk].Weight, chunk, 1, before ? mode : MoveMode.CopyQueue));
                }
            }

            foreach (ChunkLoad load in plan.Steps[t].Loads)
            {
                held.Add(load.Chunk);
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                held.Remove(chunk);
                moved.Remove(chunk);
            }
        }

        return plan with { Steps = [.. plan.Steps.Select((step, t) => step with { Moves = [.. moves[t]] })] };
    }
}
