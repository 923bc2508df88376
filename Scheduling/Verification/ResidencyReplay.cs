using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Replays a run of a plan for a zero-copy device and keeps book of what lies where. A residency takes its range from the step that starts its load to the step
/// that releases it, both included; a retained chunk takes its range all the time, because in every run but the first it is there from
/// the start. Everything else is gone when the run ends, so what holds for one run holds for every repetition.
/// </summary>
internal sealed class ResidencyReplay(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
{
    private const long Block = 4096;

    private readonly TakenRanges taken = new();
    private readonly bool[] retained = new bool[problem.Chunks.Length];
    private readonly bool[] loaded = new bool[problem.Chunks.Length];
    private readonly Residency?[] residencies = new Residency?[problem.Chunks.Length];
    private long residentBytes = problem.ParametersBytes;

    public void Check()
    {
        MarkRetained();
        ReserveRetained();
        foreach (ChunkLoad load in plan.Preloaded)
        {
            Load(load, 0);
        }

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            PlanStep step = plan.Steps[t];
            foreach (ChunkLoad load in step.Loads)
            {
                Load(load, t);
            }

            Use(t);
            CheckMoves(step, t);
            CheckResident(step, t);
            Release(step, t);
        }

        CheckEnd();
    }

    private void MarkRetained()
    {
        int before = -1;
        foreach (int chunk in plan.Retained)
        {
            if (chunk <= before || !IsChunk(chunk))
            {
                Add(ViolationKind.Entry, -1, chunk, $"retained chunk {chunk} follows {before}; ids ascend below {problem.Chunks.Length}");
                continue;
            }

            retained[chunk] = true;
            before = chunk;
        }
    }

    /// <summary>Takes the ranges of retained chunks before anything else, for the whole run.</summary>
    private void ReserveRetained()
    {
        foreach (ChunkLoad load in plan.Preloaded)
        {
            Reserve(load, 0);
        }

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkLoad load in plan.Steps[t].Loads)
            {
                Reserve(load, t);
            }
        }
    }

    private void Reserve(ChunkLoad load, int t)
    {
        if (IsChunk(load.Chunk) && retained[load.Chunk] && residencies[load.Chunk] is null)
        {
            residencies[load.Chunk] = Take(load, t);
        }
    }

    private void Load(ChunkLoad load, int t)
    {
        if (!IsChunk(load.Chunk))
        {
            Add(ViolationKind.Entry, t, load.Chunk, $"loads chunk {load.Chunk}; there are {problem.Chunks.Length}");
            return;
        }

        if (loaded[load.Chunk])
        {
            Add(ViolationKind.LoadedTwice, t, load.Chunk, $"loads chunk {load.Chunk}, which is resident");
            return;
        }

        if (!retained[load.Chunk])
        {
            residencies[load.Chunk] = Take(load, t);
        }

        loaded[load.Chunk] = true;
        residentBytes += problem.Chunks[load.Chunk].SlotBytes;
    }

    private Residency Take(ChunkLoad load, int t)
    {
        long bytes = problem.Chunks[load.Chunk].SlotBytes;
        if (load.Offset < 0 || load.Offset % Block != 0 || load.Offset > plan.UnifiedArenaBytes - bytes)
        {
            Add(ViolationKind.Range, t, load.Chunk,
                $"loads chunk {load.Chunk} of {bytes} bytes to {load.Offset}; "
                + $"the arena has {plan.UnifiedArenaBytes} bytes in blocks of {Block}");
            return new Residency(load.Offset, InArena: false);
        }

        if (taken.FirstWithin(load.Offset, bytes) is { } other)
        {
            Add(ViolationKind.Overlap, t, load.Chunk,
                $"loads chunk {load.Chunk} to {load.Offset}+{bytes}, where chunk {other.Chunk} lies at {other.Offset}+{other.Bytes}");
            return new Residency(load.Offset, InArena: false);
        }

        taken.Add(new TakenRange(load.Offset, bytes, load.Chunk));
        return new Residency(load.Offset, InArena: true);
    }

    private void Use(int t)
    {
        foreach (int chunk in problem.Steps[t].Chunks)
        {
            if (loaded[chunk] && residencies[chunk] is { } residency)
            {
                residencies[chunk] = residency with { IsUsed = true };
            }
            else
            {
                Add(ViolationKind.NotResident, t, chunk, $"needs chunk {chunk}, which is not loaded");
            }
        }
    }

    private void CheckMoves(PlanStep step, int t)
    {
        if (!step.Moves.IsEmpty)
        {
            Add(ViolationKind.Moves, t, step.Moves[0].FirstChunk, "carries moves on a device without a texture tier");
        }
    }

    private void CheckResident(PlanStep step, int t)
    {
        var expected = new TierBytes(residentBytes, 0, problem.ActivationBytes + problem.WorkspaceBytes);
        if (step.Resident != expected)
        {
            Add(ViolationKind.Residency, t, -1, $"states {step.Resident}, which is {expected}");
        }
    }

    private void Release(PlanStep step, int t)
    {
        int before = -1;
        foreach (int chunk in step.Releases)
        {
            if (chunk <= before || !IsChunk(chunk))
            {
                Add(ViolationKind.Entry, t, chunk, $"releases chunk {chunk} after {before}; ids ascend below {problem.Chunks.Length}");
                continue;
            }

            before = chunk;
            if (retained[chunk] || !loaded[chunk] || residencies[chunk] is not { } residency)
            {
                Add(ViolationKind.Release, t, chunk, $"releases chunk {chunk}, which is {(retained[chunk] ? "retained" : "not resident")}");
                continue;
            }

            if (!residency.IsUsed)
            {
                Add(ViolationKind.Unused, t, chunk, $"releases chunk {chunk}, which no step used since it was loaded");
            }

            if (residency.InArena)
            {
                taken.Remove(residency.Offset);
            }

            loaded[chunk] = false;
            residencies[chunk] = null;
            residentBytes -= problem.Chunks[chunk].SlotBytes;
        }
    }

    private void CheckEnd()
    {
        for (int chunk = 0; chunk < loaded.Length; chunk++)
        {
            if (retained[chunk] && !(loaded[chunk] && residencies[chunk] is { IsUsed: true }))
            {
                Add(ViolationKind.Unused, -1, chunk, $"retains chunk {chunk}, which is {(loaded[chunk] ? "not used" : "never loaded")}");
            }
            else if (!retained[chunk] && loaded[chunk])
            {
                Add(ViolationKind.NotReleased, -1, chunk, $"chunk {chunk} is neither released nor retained when the run ends");
            }
        }
    }

    private bool IsChunk(int chunk) => chunk >= 0 && chunk < problem.Chunks.Length;

    private void Add(ViolationKind kind, int step, int chunk, string message) =>
        violations.Add(new PlanViolation(kind, step, chunk, message));

    /// <summary>A chunk's stay: where, whether its range was free, and whether some step has used it.</summary>
    private readonly record struct Residency(long Offset, bool InArena, bool IsUsed = false);
}
