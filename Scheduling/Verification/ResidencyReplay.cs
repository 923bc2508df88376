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
    : PlanReplay(plan, problem, violations)
{
    private readonly TakenRanges taken = new();
    private readonly Residency?[] residencies = new Residency?[problem.Chunks.Length];
    private long residentBytes = problem.ParametersBytes;

    public override void Check()
    {
        MarkRetained();
        CheckPinned();
        ReserveRetained();
        foreach (ChunkLoad load in Plan.Preloaded)
        {
            Load(load, 0);
        }

        for (int t = 0; t < Plan.Steps.Length; t++)
        {
            PlanStep step = Plan.Steps[t];
            foreach (ChunkLoad load in step.Loads)
            {
                Load(load, t);
            }

            Use(t);
            CheckMoves(step, t);
            CheckResident(step, t);
            Release(step, t);
        }

        CheckEnd(chunk => Loaded[chunk] && residencies[chunk] is { IsUsed: true });
    }

    /// <summary>Takes the ranges of retained chunks before anything else, for the whole run.</summary>
    private void ReserveRetained()
    {
        foreach (ChunkLoad load in Plan.Preloaded)
        {
            Reserve(load, 0);
        }

        for (int t = 0; t < Plan.Steps.Length; t++)
        {
            foreach (ChunkLoad load in Plan.Steps[t].Loads)
            {
                Reserve(load, t);
            }
        }
    }

    private void Reserve(ChunkLoad load, int t)
    {
        if (IsChunk(load.Chunk) && Retained[load.Chunk] && residencies[load.Chunk] is null)
        {
            residencies[load.Chunk] = Take(load, t);
        }
    }

    private void Load(ChunkLoad load, int t)
    {
        if (!MayLoad(load, t))
        {
            return;
        }

        if (!Retained[load.Chunk])
        {
            residencies[load.Chunk] = Take(load, t);
        }

        Loaded[load.Chunk] = true;
        residentBytes += Problem.Chunks[load.Chunk].SlotBytes;
    }

    private Residency Take(ChunkLoad load, int t)
    {
        long bytes = Problem.Chunks[load.Chunk].SlotBytes;
        if (!IsInUnifiedArena(load, t))
        {
            return new Residency(load.Offset, InArena: false);
        }

        if (taken.FirstWithin(load.Offset, bytes) is { } other)
        {
            AddLoadOverlap(load, t, other);
            return new Residency(load.Offset, InArena: false);
        }

        taken.Add(new TakenRange(load.Offset, bytes, load.Chunk));
        return new Residency(load.Offset, InArena: true);
    }

    private void Use(int t)
    {
        foreach (int chunk in Problem.Steps[t].Chunks)
        {
            if (Loaded[chunk] && residencies[chunk] is { } residency)
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

    private void CheckResident(PlanStep step, int t) => CheckResident(step, t, new TierBytes(residentBytes, 0, Problem.ActivationBytes + Problem.WorkspaceBytes));

    private void Release(PlanStep step, int t)
    {
        foreach (int chunk in Releases(step, t))
        {
            if (Retained[chunk] || !Loaded[chunk] || residencies[chunk] is not { } residency)
            {
                AddNothingToRelease(chunk, t);
                continue;
            }

            if (!residency.IsUsed)
            {
                AddUnused(chunk, t);
            }

            if (residency.InArena)
            {
                taken.Remove(residency.Offset);
            }

            Loaded[chunk] = false;
            residencies[chunk] = null;
            residentBytes -= Problem.Chunks[chunk].SlotBytes;
        }
    }

    /// <summary>A chunk's stay: where, whether its range was free, and whether some step has used it.</summary>
    private readonly record struct Residency(long Offset, bool InArena, bool IsUsed = false);
}
