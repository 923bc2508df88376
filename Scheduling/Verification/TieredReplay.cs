using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Replays a run of a plan for a device with a texture tier and keeps book of what is staged where and what lies where on the device.
/// A load takes its staging from its step to the step that moves it, both included, unless a later load of that step comes after all
/// copies up to the chunk's own have what they copy: then it may wait for the copy and take the place. A chunk takes its range on the
/// device from the step that moves it to the step that releases it, both included; a retained chunk all the time.
/// </summary>
internal sealed class TieredReplay(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
    : PlanReplay(plan, problem, violations)
{
    private readonly TakenRanges staging = new();
    private readonly TakenRanges textures = new();
    private readonly TakenRanges tables = new();
    private readonly Staged?[] staged = new Staged?[problem.Chunks.Length];
    private readonly Stay?[] stays = new Stay?[problem.Chunks.Length];
    private readonly Stay?[] kept = new Stay?[problem.Chunks.Length];

    // The copies of the step at hand: which one moves a chunk, and how many of the first ones have all that they copy.
    private readonly Dictionary<int, int> copyOf = [];
    private ImmutableArray<ChunkMove> copies = [];
    private int ready;

    private long unifiedBytes = problem.RowStagingBytes;
    private long textureBytes;
    private long tableBytes;

    public override void Check()
    {
        MarkRetained();
        CheckPinned();
        ReserveRetained();
        for (int t = 0; t < Plan.Steps.Length; t++)
        {
            PlanStep step = Plan.Steps[t];
            StartCopies(step);
            foreach (ChunkLoad load in t == 0 ? Plan.Preloaded.AddRange(step.Loads) : step.Loads)
            {
                Load(load, t);
            }

            Move(step, t);
            Use(t);
            CheckCarried(step, t);
            CheckResident(step, t);
            FreeStaging(step);
            Release(step, t);
        }

        CheckEnd(chunk => stays[chunk] is { IsUsed: true });
    }

    /// <summary>Takes the ranges of retained chunks on the device before anything else, for the whole run.</summary>
    private void ReserveRetained()
    {
        for (int t = 0; t < Plan.Steps.Length; t++)
        {
            foreach (ChunkMove move in Plan.Steps[t].Moves.Where(IsMove))
            {
                long offset = move.Offset;
                foreach (int chunk in ChunksOf(move))
                {
                    if (Retained[chunk] && kept[chunk] is null)
                    {
                        kept[chunk] = TakeDevice(chunk, offset, t, move.Mode);
                    }

                    offset += Problem.Chunks[chunk].SlotBytes;
                }
            }
        }
    }

    private void StartCopies(PlanStep step)
    {
        copies = [.. step.Moves.Where(move => IsMove(move) && move.Mode == MoveMode.CopyQueue)];
        copyOf.Clear();
        ready = 0;
        for (int i = 0; i < copies.Length; i++)
        {
            foreach (int chunk in ChunksOf(copies[i]))
            {
                copyOf.TryAdd(chunk, i);
            }
        }
    }

    private void Load(ChunkLoad load, int t)
    {
        if (!MayLoad(load, t))
        {
            return;
        }

        while (ready < copies.Length && ChunksOf(copies[ready]).All(chunk => Loaded[chunk]))
        {
            ready++;
        }

        staged[load.Chunk] = Stage(load, t);
        Loaded[load.Chunk] = true;
        unifiedBytes += Problem.Chunks[load.Chunk].SlotBytes;
    }

    private Staged Stage(ChunkLoad load, int t)
    {
        long bytes = Problem.Chunks[load.Chunk].SlotBytes;
        if (!IsInUnifiedArena(load, t))
        {
            return new Staged(load.Offset, InArena: false);
        }

        while (staging.FirstWithin(load.Offset, bytes) is { } other)
        {
            if (!copyOf.TryGetValue(other.Chunk, out int copy) || copy >= ready)
            {
                AddLoadOverlap(load, t, other);
                return new Staged(load.Offset, InArena: false);
            }

            Unstage(other.Chunk);
        }

        staging.Add(new TakenRange(load.Offset, bytes, load.Chunk));
        return new Staged(load.Offset, InArena: true);
    }

    private void Unstage(int chunk)
    {
        if (staged[chunk] is not { IsHeld: true } slot)
        {
            return;
        }

        if (slot.InArena)
        {
            staging.Remove(slot.Offset);
        }

        staged[chunk] = slot with { IsHeld = false };
        unifiedBytes -= Problem.Chunks[chunk].SlotBytes;
    }

    private void Move(PlanStep step, int t)
    {
        long carried = 0;
        foreach (ChunkMove move in step.Moves)
        {
            if (!IsMove(move))
            {
                Add(ViolationKind.Entry, t, move.FirstChunk, $"moves {move.Count} chunks from {move.FirstChunk}");
                continue;
            }

            CheckRun(move, t);
            if (Problem.Chunks[move.FirstChunk].IsPinned && (t > 0 || move.Mode == MoveMode.InKernel))
            {
                Add(ViolationKind.Pinned, t, move.FirstChunk, $"moves pinned chunk {move.FirstChunk}, which must be there before step 0");
            }

            long offset = move.Offset;
            foreach (int chunk in ChunksOf(move))
            {
                MoveChunk(chunk, offset, move.Mode, t);
                offset += Problem.Chunks[chunk].SlotBytes;
                carried += move.Mode == MoveMode.InKernel ? Problem.Chunks[chunk].Bytes : 0;
            }
        }

        ProblemStep runs = Problem.Steps[t];
        if (carried > 0 && runs.Class == OperatorClass.Hierarchical)
        {
            Add(ViolationKind.Moves, t, -1, $"carries {carried} bytes in a kernel with dependent passes");
        }
        else if (carried > runs.LoadCapacityBytes)
        {
            Add(ViolationKind.Moves, t, -1, $"carries {carried} bytes; its load capacity is {runs.LoadCapacityBytes}");
        }
    }

    /// <summary>What a kernel moves itself goes into one texture in few runs; and where it must not write what it reads, into another one.</summary>
    private void CheckCarried(PlanStep step, int t)
    {
        int[] chunks =
        [
            .. step.Moves.Where(move => IsMove(move) && move.Mode == MoveMode.InKernel).SelectMany(ChunksOf)
                .Where(chunk => staged[chunk] is not null && stays[chunk] is not null),
        ];
        if (chunks.Length == 0)
        {
            return;
        }

        if (Problem.CarriedMoves == CarriedMoves.None)
        {
            Add(ViolationKind.Moves, t, chunks[0], "moves chunks inside its kernel; the device's kernels move nothing");
            return;
        }

        int runs = 0;
        (long Staging, long Device) end = (-1, -1);
        foreach (int chunk in chunks)
        {
            if (Problem.Chunks[chunk].IsTable)
            {
                Add(ViolationKind.Moves, t, chunk, $"carries chunk {chunk}, a linear weight; kernels move panels only");
            }

            (long from, long to) = (staged[chunk]!.Value.Offset, stays[chunk]!.Value.Offset);
            if (BlockOf(chunk) != BlockOf(chunks[0]))
            {
                Add(ViolationKind.Moves, t, chunk, $"carries chunks {chunks[0]} and {chunk} to two textures; a kernel writes one");
            }

            runs += end == (from, to) ? 0 : 1;
            end = (from + Problem.Chunks[chunk].SlotBytes, to + Problem.Chunks[chunk].SlotBytes);
        }

        if (runs > DispatchCommand.MostMoveRuns)
        {
            Add(ViolationKind.Moves, t, chunks[0], $"carries {runs} runs of bytes; a kernel moves at most {DispatchCommand.MostMoveRuns}");
        }

        foreach (int chunk in Problem.Steps[t].Chunks)
        {
            if (Problem.CarriedMoves == CarriedMoves.ToOtherBlocks && !Problem.Chunks[chunk].IsTable && stays[chunk] is not null
                && chunks.Any(carried => BlockOf(carried) == BlockOf(chunk)))
            {
                Add(ViolationKind.Moves, t, chunk, $"carries chunks to the texture in which its own chunk {chunk} lies");
                return;
            }
        }
    }

    private long BlockOf(int chunk) => stays[chunk]!.Value.Offset / Problem.TextureBlockBytes;

    /// <summary>One copy moves what lies side by side, belongs to one weight, and happens in the same runs.</summary>
    private void CheckRun(ChunkMove move, int t)
    {
        for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
        {
            if (Problem.Chunks[chunk].Weight != move.Weight)
            {
                Add(ViolationKind.Moves, t, chunk,
                    $"moves chunk {chunk} as weight {move.Weight}; it is of weight {Problem.Chunks[chunk].Weight}");
            }

            if (Retained[chunk] != Retained[move.FirstChunk])
            {
                Add(ViolationKind.Moves, t, chunk, $"moves chunks {move.FirstChunk} and {chunk} together, of which one is retained");
            }

            int before = chunk - 1;
            if (chunk > move.FirstChunk && Loaded[chunk] && Loaded[before]
                && staged[chunk]!.Value.Offset != staged[before]!.Value.Offset + Problem.Chunks[before].SlotBytes)
            {
                Add(ViolationKind.Moves, t, chunk, $"moves chunks {before} and {chunk} together, which do not lie side by side");
            }
        }
    }

    private void MoveChunk(int chunk, long offset, MoveMode mode, int t)
    {
        if (!Loaded[chunk] || stays[chunk] is not null)
        {
            Add(ViolationKind.Moves, t, chunk, $"moves chunk {chunk}, which is {(Loaded[chunk] ? "moved already" : "not loaded")}");
            return;
        }

        if (Retained[chunk])
        {
            stays[chunk] = kept[chunk]!.Value with { Step = t };
        }
        else
        {
            stays[chunk] = TakeDevice(chunk, offset, t, mode);
        }

        Held(chunk) += Problem.Chunks[chunk].SlotBytes;
    }

    private Stay TakeDevice(int chunk, long offset, int t, MoveMode mode)
    {
        (TakenRanges ranges, long arena) = Problem.Chunks[chunk].IsTable
            ? (tables, Plan.TableArenaBytes)
            : (textures, Plan.TextureArenaBytes);
        long bytes = Problem.Chunks[chunk].SlotBytes;
        var outside = new Stay(offset, InArena: false, t, mode);
        if (offset < 0 || offset % Block != 0 || offset > arena - bytes)
        {
            Add(ViolationKind.Range, t, chunk,
                $"moves chunk {chunk} of {bytes} bytes to {offset}; the arena has {arena} bytes in blocks of {Block}");
            return outside;
        }

        if (!Problem.Chunks[chunk].IsTable && offset / Problem.TextureBlockBytes != (offset + bytes - 1) / Problem.TextureBlockBytes)
        {
            Add(ViolationKind.Range, t, chunk,
                $"moves chunk {chunk} of {bytes} bytes to {offset}, across two textures of {Problem.TextureBlockBytes} bytes");
            return outside;
        }

        if (ranges.FirstWithin(offset, bytes) is { } other)
        {
            Add(ViolationKind.Overlap, t, chunk,
                $"moves chunk {chunk} to {offset}+{bytes}, where chunk {other.Chunk} lies at {other.Offset}+{other.Bytes}");
            return outside;
        }

        ranges.Add(new TakenRange(offset, bytes, chunk));
        return outside with { InArena = true };
    }

    private void Use(int t)
    {
        foreach (int chunk in Problem.Steps[t].Chunks)
        {
            if (stays[chunk] is not { } stay)
            {
                Add(ViolationKind.NotResident, t, chunk, $"needs chunk {chunk}, which is not {(Loaded[chunk] ? "moved" : "loaded")}");
            }
            else if (stay.Step == t && stay.Mode == MoveMode.InKernel)
            {
                Add(ViolationKind.NotResident, t, chunk, $"needs chunk {chunk}, which its own kernel moves");
            }
            else
            {
                stays[chunk] = stay with { IsUsed = true };
            }
        }
    }

    private void CheckResident(PlanStep step, int t) => CheckResident(step, t, 
        new TierBytes(
            unifiedBytes, textureBytes, tableBytes + Problem.ParametersBytes + Problem.ActivationBytes + Problem.WorkspaceBytes));

    /// <summary>What the step moved has left the staging once it is complete.</summary>
    private void FreeStaging(PlanStep step)
    {
        foreach (int chunk in step.Moves.Where(IsMove).SelectMany(ChunksOf).Where(chunk => stays[chunk] is not null))
        {
            Unstage(chunk);
        }
    }

    private void Release(PlanStep step, int t)
    {
        foreach (int chunk in Releases(step, t))
        {
            if (Retained[chunk] || stays[chunk] is not { } stay)
            {
                AddNothingToRelease(chunk, t);
                continue;
            }

            if (!stay.IsUsed)
            {
                AddUnused(chunk, t);
            }

            if (stay.InArena)
            {
                (Problem.Chunks[chunk].IsTable ? tables : textures).Remove(stay.Offset);
            }

            Loaded[chunk] = false;
            stays[chunk] = null;
            Held(chunk) -= Problem.Chunks[chunk].SlotBytes;
        }
    }

    private ref long Held(int chunk)
    {
        if (Problem.Chunks[chunk].IsTable)
        {
            return ref tableBytes;
        }

        return ref textureBytes;
    }

    private bool IsMove(ChunkMove move) =>
        move.Count > 0 && IsChunk(move.FirstChunk) && move.Count <= Problem.Chunks.Length - move.FirstChunk;

    private static IEnumerable<int> ChunksOf(ChunkMove move) => Enumerable.Range(move.FirstChunk, move.Count);

    /// <summary>A chunk's place in the unified arena: where, whether the range was free, and whether it is still taken.</summary>
    private readonly record struct Staged(long Offset, bool InArena, bool IsHeld = true);

    /// <summary>A chunk's stay on the device: where, whether its range was free, since when and how, and whether some step has used it.</summary>
    private readonly record struct Stay(long Offset, bool InArena, int Step, MoveMode Mode, bool IsUsed = false);
}
