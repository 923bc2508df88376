using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Replays what a visit loads ahead against a list of everything that the visit before it keeps where, and up to which of its steps.
/// </summary>
internal sealed class HandoverCheck
{
    private readonly QueueVisit next;
    private readonly Action<string> add;
    private readonly int steps;
    private readonly int firstTurn;
    private readonly List<Stay> unified = [];
    private readonly List<Stay> texture = [];
    private readonly List<Stay> activation = [];

    /// <param name="before">The visit in front.</param>
    /// <param name="next">The visit that loads ahead.</param>
    /// <param name="add">Takes what is wrong.</param>
    public HandoverCheck(QueueVisit before, QueueVisit next, Action<string> add)
    {
        this.next = next;
        this.add = add;
        steps = before.Plan.Steps.Length;
        firstTurn = FirstTurn(before);
        ListStays(before);
    }

    public void Check()
    {
        Handover handover = next.Handover;
        (PlanProblem problem, OverlapPlan plan) = next.Planned;
        ModelPlaces places = next.Places!;
        ImmutableArray<ChunkLoad> loads = plan.Preloaded.AddRange(plan.Steps[0].Loads);
        ImmutableArray<ChunkMove> moves = plan.Steps[0].Moves;
        if (plan.AwaitPreload || handover.Loads.Length > loads.Length || handover.Moves.Length > moves.Length)
        {
            add($"loads {handover.Loads.Length} of {loads.Length} and moves {handover.Moves.Length} of {moves.Length} ahead");
            return;
        }

        CheckTurns("loads", [handover.Parameters, .. handover.Loads]);
        CheckTurns("moves", [handover.Parameters, .. handover.Moves]);

        if (plan.ParametersBytes > 0)
        {
            List<Stay> stays = problem.ZeroCopy ? unified : activation;
            RequireFree(stays, places.Parameters, plan.ParametersBytes, handover.Parameters.Gate, "parameters");
            if (!problem.ZeroCopy)
            {
                RequireFree(unified, places.ChunkArena, plan.ParametersBytes, handover.Parameters.Gate, "the staging of parameters");
            }
        }

        for (int i = 0; i < handover.Loads.Length; i++)
        {
            RequireFree(
                unified, places.ChunkArena + loads[i].Offset, problem.Chunks[loads[i].Chunk].SlotBytes, handover.Loads[i].Gate,
                $"chunk {loads[i].Chunk}");
        }

        for (int i = 0; i < handover.Moves.Length; i++)
        {
            ChunkMove move = moves[i];
            (List<Stay> target, long arena) = problem.Chunks[move.FirstChunk].IsTable
                ? (activation, places.TableArena) : (texture, places.TextureArena);
            long bytes = Chunks(move).Sum(chunk => problem.Chunks[chunk].SlotBytes);
            RequireFree(target, arena + move.Offset, bytes, handover.Moves[i].Gate, $"the move of chunk {move.FirstChunk}");
            if (move.Mode != MoveMode.CopyQueue)
            {
                add($"moves chunk {move.FirstChunk} ahead, which a kernel is to move");
            }
        }

        CheckStaging(loads[..handover.Loads.Length], moves[..handover.Moves.Length]);
    }

    /// <summary>
    /// What is issued before a step can wait only for what is complete without that step: the step's own commands come behind it.
    /// </summary>
    private void CheckTurns(string what, ImmutableArray<AheadCommand> commands)
    {
        int before = 0;
        foreach (AheadCommand command in commands)
        {
            if (command.Gate < 0 || command.Gate > command.Turn || command.Turn > steps || command.Turn < Math.Max(before, firstTurn))
            {
                add($"has {what} ahead that wait for {command.Gate} steps and are issued before step {command.Turn}, behind some before "
                    + $"{before}; "
                    + $"there are {steps}, and the last one that loads or moves chunks is before step {firstTurn}");
            }

            before = command.Turn;
        }
    }

    /// <summary>
    /// Everything that a move takes was loaded before, and a load takes over a slot only from what an earlier move has emptied.
    /// </summary>
    private void CheckStaging(ImmutableArray<ChunkLoad> loads, ImmutableArray<ChunkMove> moves)
    {
        if (next.Planned.Problem.ZeroCopy)
        {
            return;
        }

        ImmutableArray<ProblemChunk> chunks = next.Planned.Problem.Chunks;
        HashSet<int> moved = [.. moves.SelectMany(Chunks)];
        foreach (int chunk in moved.Where(chunk => !loads.Any(load => load.Chunk == chunk)))
        {
            add($"moves chunk {chunk} ahead, which is not loaded ahead");
        }

        for (int i = 0; i < loads.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                bool overlap = loads[j].Offset < loads[i].Offset + chunks[loads[i].Chunk].SlotBytes
                    && loads[i].Offset < loads[j].Offset + chunks[loads[j].Chunk].SlotBytes;
                if (overlap && !moved.Contains(loads[j].Chunk))
                {
                    add($"loads chunk {loads[i].Chunk} ahead over chunk {loads[j].Chunk}, which is not moved ahead");
                }
            }
        }
    }

    /// <summary>
    /// The step after the last one that loads or moves a chunk in the visit's last run: from there on nobody uses its staging.
    /// </summary>
    private static int FirstTurn(QueueVisit visit)
    {
        OverlapPlan plan = visit.Plan;
        HashSet<int> resident = visit.Requests == 1 ? [] : [.. plan.Retained];
        return 1 + Enumerable.Range(0, plan.Steps.Length).LastOrDefault(
            t => plan.Steps[t].Loads.Any(load => !resident.Contains(load.Chunk))
                || plan.Steps[t].Moves.Any(move => !Chunks(move).All(resident.Contains)),
            -1);
    }

    private void RequireFree(List<Stay> stays, long start, long bytes, int gate, string what)
    {
        foreach (Stay stay in stays)
        {
            if (stay.Start < start + bytes && start < stay.End && stay.LastStep >= gate)
            {
                add($"loads {what} ahead to {start}+{bytes} after {gate} steps; "
                    + $"{stay.What} is there until step {stay.LastStep} is complete");
                return;
            }
        }
    }

    private void ListStays(QueueVisit visit)
    {
        (PlanProblem problem, OverlapPlan plan) = visit.Planned;
        ModelPlaces places = visit.Places!;
        (problem.ZeroCopy ? unified : activation).Add(
            new Stay(places.Parameters, places.Parameters + plan.ParametersBytes, int.MaxValue, "parameters"));
        unified.Add(new Stay(places.Rows, places.Rows + plan.RowStagingBytes, int.MaxValue, "the staging of rows"));
        activation.Add(new Stay(places.Activations, places.Activations + plan.ActivationBytes, int.MaxValue, "an activation"));

        // The last step that releases a chunk is at or after the last that uses it; a retained one is needed until its last use.
        HashSet<int> retained = [.. plan.Retained];
        int Last(int chunk, int from)
        {
            if (retained.Contains(chunk))
            {
                return problem.Chunks[chunk].Uses.Max();
            }

            int t = from;
            while (t < plan.Steps.Length - 1 && !plan.Steps[t].Releases.Contains(chunk))
            {
                t++;
            }

            return t;
        }

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkLoad load in !problem.ZeroCopy ? [] : t == 0 ? plan.Preloaded.AddRange(plan.Steps[0].Loads) : plan.Steps[t].Loads)
            {
                long start = places.ChunkArena + load.Offset;
                unified.Add(new Stay(start, start + problem.Chunks[load.Chunk].SlotBytes, Last(load.Chunk, t), $"chunk {load.Chunk}"));
            }

            foreach (ChunkMove move in plan.Steps[t].Moves)
            {
                bool isTable = problem.Chunks[move.FirstChunk].IsTable;
                long start = (isTable ? places.TableArena : places.TextureArena) + move.Offset;
                foreach (int chunk in Chunks(move))
                {
                    long end = start + problem.Chunks[chunk].SlotBytes;
                    (isTable ? activation : texture).Add(new Stay(start, end, Last(chunk, t), $"chunk {chunk}"));
                    start = end;
                }

                if (move.Mode == MoveMode.InKernel)
                {
                    unified.Add(new Stay(
                        places.ChunkArena, places.ChunkArena + plan.UnifiedArenaBytes, t, $"what step {t} moves inside its kernel"));
                }
            }
        }
    }

    private static IEnumerable<int> Chunks(ChunkMove move) => Enumerable.Range(move.FirstChunk, move.Count);

    private readonly record struct Stay(long Start, long End, int LastStep, string What);
}
