using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>What the replays of both kinds of device share: which chunks exist, stay, and are loaded, and how a violation is noted.</summary>
internal abstract class PlanReplay(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
{
    protected const long Block = 4096;

    protected OverlapPlan Plan { get; } = plan;

    protected PlanProblem Problem { get; } = problem;

    protected bool[] Retained { get; } = new bool[problem.Chunks.Length];

    protected bool[] Loaded { get; } = new bool[problem.Chunks.Length];

    /// <summary>Replays the plan and notes everything that is wrong with it.</summary>
    public abstract void Check();

    protected void MarkRetained()
    {
        int before = -1;
        foreach (int chunk in Plan.Retained)
        {
            if (chunk <= before || !IsChunk(chunk))
            {
                Add(ViolationKind.Entry, -1, chunk, $"retained chunk {chunk} follows {before}; ids ascend below {Problem.Chunks.Length}");
                continue;
            }

            Retained[chunk] = true;
            before = chunk;
        }
    }

    /// <summary>What is pinned is preloaded and retained, and step 0 waits for it. How it gets to the device is checked by replays.</summary>
    protected void CheckPinned()
    {
        var preloaded = Plan.Preloaded.Select(load => load.Chunk).ToHashSet();
        foreach (ProblemChunk chunk in Problem.Chunks.Where(chunk => chunk.IsPinned))
        {
            if (!preloaded.Contains(chunk.Id) || !Retained[chunk.Id] || !Plan.AwaitPreload)
            {
                string fault = !preloaded.Contains(chunk.Id) ? "not preloaded"
                    : !Retained[chunk.Id] ? "not retained" : "not waited for by step 0";
                Add(ViolationKind.Pinned, -1, chunk.Id, $"chunk {chunk.Id} of pinned weight {chunk.Weight} is {fault}");
            }
        }
    }

    /// <summary>A load names a chunk that exists and is not loaded; else a violation.</summary>
    protected bool MayLoad(ChunkLoad load, int t)
    {
        if (!IsChunk(load.Chunk))
        {
            Add(ViolationKind.Entry, t, load.Chunk, $"loads chunk {load.Chunk}; there are {Problem.Chunks.Length}");
            return false;
        }

        if (Loaded[load.Chunk])
        {
            Add(ViolationKind.LoadedTwice, t, load.Chunk, $"loads chunk {load.Chunk}, which is resident");
            return false;
        }

        return true;
    }

    /// <summary>A load's range is whole blocks inside the unified arena; else a violation.</summary>
    protected bool IsInUnifiedArena(ChunkLoad load, int t)
    {
        long bytes = Problem.Chunks[load.Chunk].SlotBytes;
        if (load.Offset >= 0 && load.Offset % Block == 0 && load.Offset <= Plan.UnifiedArenaBytes - bytes)
        {
            return true;
        }

        Add(ViolationKind.Range, t, load.Chunk,
            $"loads chunk {load.Chunk} of {bytes} bytes to {load.Offset}; "
            + $"the arena has {Plan.UnifiedArenaBytes} bytes in blocks of {Block}");
        return false;
    }

    /// <summary>A load's range lies where another chunk does.</summary>
    protected void AddLoadOverlap(ChunkLoad load, int t, TakenRange other) => Add(
        ViolationKind.Overlap,
        t,
        load.Chunk,
        $"loads chunk {load.Chunk} to {load.Offset}+{Problem.Chunks[load.Chunk].SlotBytes}, "
        + $"where chunk {other.Chunk} lies at {other.Offset}+{other.Bytes}");

    /// <summary>The chunks that a step releases, in ascending order; others are violations.</summary>
    protected IEnumerable<int> Releases(PlanStep step, int t)
    {
        int before = -1;
        foreach (int chunk in step.Releases)
        {
            if (chunk <= before || !IsChunk(chunk))
            {
                Add(ViolationKind.Entry, t, chunk, $"releases chunk {chunk} after {before}; ids ascend below {Problem.Chunks.Length}");
                continue;
            }

            before = chunk;
            yield return chunk;
        }
    }

    protected void AddNothingToRelease(int chunk, int t) => Add(
        ViolationKind.Release, t, chunk, $"releases chunk {chunk}, which is {(Retained[chunk] ? "retained" : "not resident")}");

    protected void AddUnused(int chunk, int t) =>
        Add(ViolationKind.Unused, t, chunk, $"releases chunk {chunk}, which no step used since it was loaded");

    /// <summary>At the end of a run retained chunks have been used and the others are gone.</summary>
    protected void CheckEnd(Func<int, bool> isUsed)
    {
        for (int chunk = 0; chunk < Loaded.Length; chunk++)
        {
            if (Retained[chunk] && !isUsed(chunk))
            {
                Add(ViolationKind.Unused, -1, chunk, $"retains chunk {chunk}, which is {(Loaded[chunk] ? "not used" : "never loaded")}");
            }
            else if (!Retained[chunk] && Loaded[chunk])
            {
                Add(ViolationKind.NotReleased, -1, chunk, $"chunk {chunk} is neither released nor retained when the run ends");
            }
        }
    }

    protected void CheckResident(PlanStep step, int t, TierBytes expected)
    {
        if (step.Resident != expected)
        {
            Add(ViolationKind.Residency, t, -1, $"states {step.Resident}, which is {expected}");
        }
    }

    protected bool IsChunk(int chunk) => chunk >= 0 && chunk < Problem.Chunks.Length;

    protected void Add(ViolationKind kind, int step, int chunk, string message) =>
        violations.Add(new PlanViolation(kind, step, chunk, message));
}
