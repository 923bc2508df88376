using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Turns bytes to keep into chunks to keep. What a step's share loses by whole chunks the next one makes up for, so that their sum over any
/// stretch stays within a chunk of what was asked for. A step keeps chunks that later steps use, too, before others, and then its first
/// ones: what streams then lies in one run. What is pinned stays in any case and counts.
/// </summary>
internal static class RetainedRounding
{
    /// <param name="problem">Steps and chunks.</param>
    /// <param name="bytes">Slot bytes to keep, by step that uses them first.</param>
    /// <param name="keepTables">Whether large linear weights stay on devices that have an arena for them; decided for all at once.</param>
    public static bool[] Of(PlanProblem problem, double[] bytes, bool keepTables)
    {
        var retained = new bool[problem.Chunks.Length];
        double owed = 0;
        foreach (ProblemStep step in problem.Steps)
        {
            owed += bytes[step.Index];
            foreach (int id in SharedFirst(problem, step))
            {
                ProblemChunk chunk = problem.Chunks[id];
                bool isTable = chunk.IsTable && !problem.ZeroCopy;
                bool keep = chunk.IsPinned || (isTable ? keepTables : owed >= chunk.SlotBytes * 0.5);
                if (chunk.FirstStep != step.Index || !keep)
                {
                    continue;
                }

                retained[id] = true;
                owed -= chunk.SlotBytes;
            }
        }

        return retained;
    }

    private static IEnumerable<int> SharedFirst(PlanProblem problem, ProblemStep step)
    {
        bool isSorted = true;
        for (int i = 1; i < step.Chunks.Length; i++)
        {
            int before = problem.Chunks[step.Chunks[i - 1]].Uses.Length;
            int uses = problem.Chunks[step.Chunks[i]].Uses.Length;
            isSorted &= uses < before || (uses == before && step.Chunks[i - 1] < step.Chunks[i]);
        }

        return isSorted ? step.Chunks : step.Chunks.OrderByDescending(id => problem.Chunks[id].Uses.Length).ThenBy(id => id);
    }
}
