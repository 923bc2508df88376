using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>What a schedule's first run holds while each step runs: its loads and moves included, its releases not yet taken off.</summary>
internal static class ResidentBytes
{
    /// <summary>On zero-copy devices chunks lie in unified memory from load to release.</summary>
    public static TierBytes[] Unified(PlanProblem problem, Schedule schedule)
    {
        var unified = new long[problem.Steps.Length + 1];
        foreach (PlacedLoad load in schedule.Loads)
        {
            Hold(unified, load.Step, load.Retained ? problem.Steps.Length : load.Demand.Last + 1, Slot(problem, load));
        }

        return Sum(problem, unified, new long[unified.Length], new long[unified.Length], problem.ParametersBytes, 0);
    }

    /// <summary>With a texture tier a chunk is staged from load to move and lies on the device from move to release.</summary>
    public static TierBytes[] Tiered(PlanProblem problem, Schedule schedule)
    {
        int steps = problem.Steps.Length;
        var unified = new long[steps + 1];
        var texture = new long[steps + 1];
        var tables = new long[steps + 1];
        foreach (PlacedLoad load in schedule.Loads)
        {
            long slot = Slot(problem, load);
            Hold(unified, load.Step, load.IsTakenOver ? load.MoveStep : load.MoveStep + 1, slot);
            long[] target = problem.Chunks[load.Demand.Chunk].IsTable ? tables : texture;
            Hold(target, load.MoveStep, load.Retained ? steps : load.Demand.Last + 1, slot);
        }

        return Sum(problem, unified, texture, tables, problem.RowStagingBytes, problem.ParametersBytes);
    }

    private static void Hold(long[] changes, int from, int end, long bytes)
    {
        changes[from] += bytes;
        changes[end] -= bytes;
    }

    private static TierBytes[] Sum(
        PlanProblem problem, long[] unified, long[] texture, long[] tables, long alwaysUnified, long alwaysActivation)
    {
        var bytes = new TierBytes[problem.Steps.Length];
        var held = new TierBytes(alwaysUnified, 0, alwaysActivation + problem.ActivationBytes + problem.WorkspaceBytes);
        for (int t = 0; t < bytes.Length; t++)
        {
            held = new TierBytes(held.Unified + unified[t], held.Texture + texture[t], held.Activation + tables[t]);
            bytes[t] = held;
        }

        return bytes;
    }

    private static long Slot(PlanProblem problem, PlacedLoad load) => problem.Chunks[load.Demand.Chunk].SlotBytes;
}
