using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Plans what a model loads under the tail of the one before it: its first loads in their order, each as soon as the range that it goes to
/// is free. It stops at the first whose range is not free before the run's end. Where embedding rows are fetched first, which only the run
/// itself can ask for, it also stops where storage is predicted to be still busy at that moment, because they would wait behind everything
/// asked for ahead. What is predicted to be there before the model in front fetches rows late in its run is issued before that fetch, the
/// rest behind it, so that the fetch does not wait.
/// </summary>
internal sealed class HandoverPlanner
{
    private readonly QueuedPlan next;
    private readonly ModelPlaces places;
    private readonly LastUses uses;
    private readonly TailTimes tail;
    private readonly int end;
    private readonly bool fetchesFirst;

    // What is staged and not moved, and the chunks read so far: a load that takes over a slot needs the move before it.
    private readonly List<(int Chunk, long Offset)> staged = [];
    private readonly HashSet<int> loaded = [];
    private readonly ImmutableArray<AheadCommand>.Builder loads = ImmutableArray.CreateBuilder<AheadCommand>();
    private readonly ImmutableArray<AheadCommand>.Builder moves = ImmutableArray.CreateBuilder<AheadCommand>();
    private int turn;
    private double storage;

    /// <param name="uses">Until when the model in front uses the pools.</param>
    /// <param name="tail">When it leaves storage alone.</param>
    /// <param name="steps">Steps of its plan.</param>
    /// <param name="next">The model that loads ahead.</param>
    /// <param name="places">Where that one lies.</param>
    public HandoverPlanner(LastUses uses, TailTimes tail, int steps, QueuedPlan next, ModelPlaces places)
    {
        this.uses = uses;
        this.tail = tail;
        end = steps;
        this.next = next;
        this.places = places;
        fetchesFirst = next.Problem.Steps.Take(2).Any(step => step.FetchBytes > 0);
    }

    public Handover Plan()
    {
        (PlanProblem problem, OverlapPlan plan) = next;
        int parameters = problem.ZeroCopy
            ? uses.Unified(places.Parameters, plan.ParametersBytes)
            : Math.Max(uses.Activation(places.Parameters, plan.ParametersBytes), uses.Unified(places.ChunkArena, plan.ParametersBytes));
        if (parameters > end || plan.AwaitPreload || plan.Steps.IsEmpty)
        {
            return Handover.None;
        }

        long bytes = plan.ParametersBytes;
        storage = Math.Max(tail.StorageFreeMs, tail.CompleteMs(parameters)) + problem.Rates.StorageMs(bytes);
        turn = tail.FirstTurn;
        AheadCommand first = Issued(parameters);
        foreach (ChunkLoad load in plan.Preloaded.AddRange(plan.Steps[0].Loads))
        {
            ProblemChunk chunk = problem.Chunks[load.Chunk];
            int gate = uses.Unified(places.ChunkArena + load.Offset, chunk.SlotBytes);
            double start = Math.Max(storage, gate > end ? double.PositiveInfinity : tail.CompleteMs(gate));
            if (gate > end || (fetchesFirst && start >= 0) || IsTaken(load.Offset, chunk.SlotBytes))
            {
                break;
            }

            storage = start + problem.Rates.StorageMs(chunk.Bytes);
            bytes += chunk.Bytes;
            loads.Add(Issued(gate));
            loaded.Add(load.Chunk);
            if (!problem.ZeroCopy)
            {
                staged.Add((load.Chunk, load.Offset));
                AddMoves();
            }
        }

        return loads.Count == 0 ? Handover.None : new Handover
        {
            Parameters = first,
            Loads = loads.ToImmutable(),
            Moves = moves.ToImmutable(),
            Bytes = bytes,
            AheadMs = Math.Min(0, storage) - tail.StorageFreeMs,
        };
    }

    /// <summary>A command that is done when storage has come so far and the gate is open.</summary>
    private AheadCommand Issued(int gate)
    {
        double done = Math.Max(storage, tail.CompleteMs(gate));
        while (turn < end && (gate > turn || !tail.FetchTurns.Any(fetch => fetch >= turn && tail.CompleteMs(fetch) >= done)))
        {
            turn = tail.FetchTurns.FirstOrDefault(fetch => fetch > turn, end);
        }

        // Just before the fetch is soon enough, and the gate is behind it.
        turn = tail.FetchTurns.FirstOrDefault(fetch => fetch >= turn, end);
        return new AheadCommand(gate, turn);
    }

    private bool IsTaken(long offset, long bytes) => staged.Exists(
        other => other.Offset < offset + bytes && offset < other.Offset + next.Problem.Chunks[other.Chunk].SlotBytes);

    /// <summary>Adds the next moves of step 0 while all that they move is loaded and their place is free in time.</summary>
    private void AddMoves()
    {
        ImmutableArray<ChunkMove> all = next.Plan.Steps[0].Moves;
        while (moves.Count < all.Length && all[moves.Count] is { Mode: MoveMode.CopyQueue } move)
        {
            int[] chunks = [.. Enumerable.Range(move.FirstChunk, move.Count)];
            bool isTable = next.Problem.Chunks[move.FirstChunk].IsTable;
            long bytes = chunks.Sum(chunk => next.Problem.Chunks[chunk].SlotBytes);
            int gate = isTable
                ? uses.Activation(places.TableArena + move.Offset, bytes)
                : uses.Texture(places.TextureArena + move.Offset, bytes);
            if (gate > end || !loaded.IsSupersetOf(chunks))
            {
                return;
            }

            moves.Add(Issued(gate));
            staged.RemoveAll(slot => chunks.Contains(slot.Chunk));
        }
    }
}
