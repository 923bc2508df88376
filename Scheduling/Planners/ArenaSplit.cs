using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>How a device with a texture tier shares the arenas' bytes between staging, textures and tables.</summary>
internal readonly record struct ArenaSplit(long StagingBytes, long TextureBytes, long TableBytes)
{
    /// <summary>Tables stay resident for good when all of them take at most this share of what is not needed otherwise.</summary>
    private const int TableShare = 4;

    /// <summary>Staging beyond this share of the arenas is chosen only when it pays.</summary>
    private const int StagingShare = 8;

    /// <summary>Storage and link are busy all the time only with so many chunks in flight.</summary>
    private const int ChunksInFlight = 24;

    /// <summary>For policies that do not search.</summary>
    public static ArenaSplit Default(PlanProblem problem)
    {
        ArenaSplit[] all = Candidates(problem);
        return all.LastOrDefault(split => split.StagingBytes <= problem.ArenaCapacity / StagingShare, all[0]);
    }

    /// <summary>
    /// Splits worth trying, the least staging first; every step fits the textures of each. Never empty. Staging too small to keep storage
    /// busy is left out where the arenas are large: predictions know one lane per device, not how many requests a disk needs at once.
    /// </summary>
    public static ArenaSplit[] Candidates(PlanProblem problem)
    {
        long least = problem.StagingFloorBytes;
        long panels = PanelBytes(problem);
        long tables = HungriestStep(problem, tables: true)
            + PinnedTableBytes(problem);
        long everyTable = problem.Chunks.Where(chunk => chunk.IsTable && !chunk.Uses.IsEmpty).Sum(chunk => chunk.SlotBytes);
        if (problem.EverythingFits)
        {
            long textures = problem.EverythingBytes - least - everyTable;
            return [new ArenaSplit(problem.ArenaCapacity - textures - everyTable, textures, everyTable)];
        }

        long spare = problem.ArenaCapacity - least - panels - tables;
        tables = everyTable - tables <= spare / TableShare ? everyTable : tables;
        long most = Math.Min(problem.ArenaCapacity - panels - tables, Math.Max(least, PlanProblem.MostStagingBytes));
        long largest = problem.Chunks.Max(chunk => chunk.Uses.IsEmpty ? 0 : chunk.SlotBytes);
        long busy = Math.Max(least, Math.Min(ChunksInFlight * largest, problem.ArenaCapacity / StagingShare));
        var splits = new List<ArenaSplit>();
        for (long staging = least; staging <= most && splits.LastOrDefault().StagingBytes != staging;)
        {
            splits.Add(new ArenaSplit(staging, problem.ArenaCapacity - staging - tables, tables));
            staging = Math.Max(2 * staging, 2 * largest);
        }

        int tooSmall = splits.FindLastIndex(split => split.StagingBytes <= busy);
        return [.. splits.Skip(tooSmall)];
    }

    /// <summary>Smallest sum of the arenas with which the problem's steps have places, whatever stays.</summary>
    public static long LeastBytes(PlanProblem problem)
    {
        if (!problem.ZeroCopy)
        {
            return problem.StagingFloorBytes + PanelBytes(problem) + PinnedTableBytes(problem) + HungriestStep(problem, tables: true);
        }

        long pinned = problem.Chunks.Sum(chunk => chunk.IsPinned ? chunk.SlotBytes : 0);
        return pinned + problem.Steps.Select(step =>
            step.Chunks.Sum(chunk => problem.Chunks[chunk].IsPinned ? 0 : problem.Chunks[chunk].SlotBytes)).DefaultIfEmpty().Max();
    }

    /// <summary>Whether all tables stay on the device between runs.</summary>
    public bool KeepsTables(PlanProblem problem) =>
        TableBytes >= problem.Chunks.Where(chunk => chunk.IsTable && !chunk.Uses.IsEmpty).Sum(chunk => chunk.SlotBytes);

    private static long PinnedTableBytes(PlanProblem problem) =>
        problem.Chunks.Where(chunk => chunk.IsTable && chunk.IsPinned).Sum(chunk => chunk.SlotBytes);

    /// <summary>Textures that hold what is pinned and any step beside it, its chunks one after the other within the borders.</summary>
    private static long PanelBytes(PlanProblem problem)
    {
        long pinned = 0;
        foreach (ProblemChunk chunk in problem.Chunks.Where(chunk => chunk.IsPinned && !chunk.IsTable && !chunk.Uses.IsEmpty))
        {
            pinned = TextureBlocks.After(pinned, chunk.SlotBytes, problem.TextureBlockBytes);
        }

        long most = pinned;
        foreach (ProblemStep step in problem.Steps)
        {
            long end = pinned;
            foreach (ProblemChunk chunk in step.Chunks.Select(id => problem.Chunks[id]).Where(chunk => !chunk.IsPinned && !chunk.IsTable))
            {
                end = TextureBlocks.After(end, chunk.SlotBytes, problem.TextureBlockBytes);
            }

            most = Math.Max(most, end);
        }

        return most;
    }

    /// <summary>Most slot bytes of one kind that one step uses and that are not pinned.</summary>
    public static long HungriestStep(PlanProblem problem, bool tables)
    {
        long most = 0;
        foreach (ProblemStep step in problem.Steps)
        {
            long bytes = 0;
            foreach (int chunk in step.Chunks)
            {
                ProblemChunk needed = problem.Chunks[chunk];
                bytes += needed.IsTable == tables && !needed.IsPinned ? needed.SlotBytes : 0;
            }

            most = Math.Max(most, bytes);
        }

        return most;
    }
}
