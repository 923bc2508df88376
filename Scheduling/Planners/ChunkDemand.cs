using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>One residency that must exist: a chunk from its first to its last use without a break.</summary>
/// <param name="Chunk">Id of the chunk.</param>
/// <param name="First">First step that uses it.</param>
/// <param name="Last">Last step that uses it before it is released or loaded again.</param>
/// <param name="NotBefore">
/// First step with which its read may start: the chunk's residency before this one has ended by then; <see cref="int.MinValue"/> for the
/// first.
/// </param>
internal readonly record struct ChunkDemand(int Chunk, int First, int Last, int NotBefore)
{
    /// <summary>All residencies of a problem in order of first use, those of pinned chunks before all others.</summary>
    /// <param name="problem">Steps and their chunks.</param>
    /// <param name="retained">Chunks that have one residency from their first use to the end of the last run; null for none.</param>
    /// <param name="bridge">Uses at most this many steps apart share a residency; 0 loads a chunk anew for every step.</param>
    public static ChunkDemand[] Of(PlanProblem problem, bool[]? retained, int bridge)
    {
        var demands = new ChunkDemand[problem.Chunks.Length];
        int count = 0;
        var latest = new int[problem.Chunks.Length];
        Array.Fill(latest, -1);
        bool anyPinned = false;
        foreach (ProblemStep step in problem.Steps)
        {
            foreach (int chunk in step.Chunks)
            {
                int open = latest[chunk];
                bool stays = problem.Chunks[chunk].IsPinned || (retained is not null && retained[chunk]);
                if (open >= 0 && (stays || step.Index - demands[open].Last <= bridge))
                {
                    demands[open] = demands[open] with { Last = step.Index };
                    continue;
                }

                anyPinned |= problem.Chunks[chunk].IsPinned;
                if (count == demands.Length)
                {
                    Array.Resize(ref demands, 2 * count);
                }

                latest[chunk] = count;
                demands[count++] = new ChunkDemand(chunk, step.Index, step.Index, open < 0 ? int.MinValue : demands[open].Last + 1);
            }
        }

        Array.Resize(ref demands, count);
        return anyPinned ? [.. demands.OrderByDescending(demand => problem.Chunks[demand.Chunk].IsPinned)] : demands;
    }
}
