using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Places the residencies of a device with a texture tier: a range on the device from the move on, a staging slot from load to move. Loads
/// and moves happen in one order, so staging is a ring in which a load waits for nothing but the copy of the chunk before it there.
/// </summary>
/// <remarks>
/// <para>First the device side: retained chunks lie at the bottom of their arena in order of their ids; the chunks of every step lie above
/// them as one run, where the run is free earliest, or scattered where no run is free in time; and they move as early as their ranges are
/// free. Nothing is in the way when a step is reached but residencies bridged between nearby uses; if these keep a step from its place,
/// nothing is bridged, and then every step finds room.</para>
/// <para>Kernels carry what streams into textures. What stays moves in one run only, and tables are few: both go by the copy queue.
/// Pinned chunks are loaded and moved first of all, before step 0.</para>
/// <para>Then the staging side, in the order of the moves: a load starts with the step that moves the chunk whose slot it takes over. That
/// is never later than its own move, so staging decides when bytes come, but never makes a plan fail.</para>
/// </remarks>
internal sealed class TexturePlacer(PlanProblem problem)
{
    /// <summary>Places everything; null when the retained chunks leave too little room for some step.</summary>
    /// <param name="split">Sizes of the arenas.</param>
    /// <param name="retained">Chunks kept between runs, by id.</param>
    /// <param name="earliest">First step with which a read may start, by the step that uses it; at most that step.</param>
    /// <param name="inOrder">Reads start in order of use.</param>
    /// <param name="turn">When the first run reads what stays; with <paramref name="inOrder"/>.</param>
    /// <param name="head">
    /// When parts of the texture arena become free, where nothing is retained; null when it is empty from the start.
    /// </param>
    public Schedule? Place(
        ArenaSplit split,
        bool[] retained,
        Func<int, int> earliest,
        bool inOrder,
        RetainedTurn turn = RetainedTurn.OfUse,
        ArenaHead? head = null) =>
        TryPlace(split, retained, earliest, inOrder, turn, SchedulePlacer.Bridge, head)
        ?? TryPlace(split, retained, earliest, inOrder, turn, 0, head);

    private Schedule? TryPlace(
        ArenaSplit split, bool[] retained, Func<int, int> earliest, bool inOrder, RetainedTurn turn, int bridge, ArenaHead? head)
    {
        ChunkDemand[] demands = ChunkDemand.Of(problem, retained, bridge);
        var textures = new DeviceArena(problem, split.TextureBytes, problem.TextureBlockBytes, tables: false, head);
        var tables = new DeviceArena(problem, split.TableBytes, long.MaxValue, tables: true, head?.Free(split.TableBytes));
        var loads = new PlacedLoad[demands.Length];
        for (int i = 0; i < demands.Length; i++)
        {
            loads[i] = new PlacedLoad(demands[i], 0, 0, retained[demands[i].Chunk]);
        }

        if (!textures.KeepRetained(retained) || !tables.KeepRetained(retained))
        {
            return null;
        }

        int pinned = demands.Count(demand => problem.Chunks[demand.Chunk].IsPinned);
        foreach (ref PlacedLoad load in loads.AsSpan(0, pinned))
        {
            int chunk = load.Demand.Chunk;
            load = load with { TargetOffset = (problem.Chunks[chunk].IsTable ? tables : textures).KeptAt(chunk) };
        }

        int reached = head?.FirstStep ?? 0;
        for (int start = pinned; start < loads.Length;)
        {
            int step = demands[start].First;
            int end = start;
            while (end < loads.Length && demands[end].First == step)
            {
                end++;
            }

            Span<PlacedLoad> group = loads.AsSpan(start, end - start);
            int from = inOrder ? Math.Max(reached, earliest(step)) : earliest(step);
            if (!tables.Place(group, ref from) || !textures.Place(group, ref from))
            {
                return null;
            }

            reached = from;
            start = end;
        }

        PlacedLoad[] ordered = inOrder ? loads : [.. loads.OrderBy(load => load.MoveStep)];
        var schedule = new Schedule(ordered, 0) { TextureBytes = textures.Top, TableBytes = tables.Top };
        Schedule Copied() => Stage(schedule with { Loads = [.. ordered] }, split, earliest, CarrierChoice.None, head);
        if (turn == RetainedTurn.First)
        {
            ordered =
            [
                .. loads.Where(load => load.Retained).Select(load => load with { MoveStep = 0 }),
                .. loads.Where(load => !load.Retained),
            ];
        }
        else if (turn == RetainedTurn.InGaps)
        {
            RunTimeline first = new TextureTimeline(problem, Copied(), first: true, awaitAll: false, stretch: 1).Run();
            ordered = GapOrder.Of(problem, ordered, first.ReadableMs);
        }

        return problem.MoveMode == MoveMode.CopyQueue || !inOrder
            ? Copied()
            : Stage(schedule with { Loads = [.. ordered] }, split, earliest, new CarrierChoice(problem, Copied()), head);
    }

    /// <summary>Gives every load its staging slot and its steps, in place, and joins moves into copies.</summary>
    private Schedule Stage(Schedule placed, ArenaSplit split, Func<int, int> earliest, CarrierChoice carriers, ArenaHead? head)
    {
        PlacedLoad[] loads = placed.Loads;
        var ring = new StagingRing(split.StagingBytes);
        var displaced = new List<int>();
        int loaded = head?.FirstStep ?? 0;
        int moved = loaded;
        for (int i = 0; i < loads.Length; i++)
        {
            PlacedLoad load = loads[i];
            ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
            displaced.Clear();
            long offset = ring.Take(i, chunk.SlotBytes, displaced);
            int step = chunk.IsPinned ? 0 : Math.Max(loaded, Math.Max(earliest(load.Demand.First), load.Demand.NotBefore));
            int behind = -1;
            foreach (int before in displaced)
            {
                bool inKernel = loads[before].Mode == MoveMode.InKernel;
                step = Math.Max(step, loads[before].MoveStep + (inKernel ? 1 : 0));
                behind = Math.Max(behind, before);
            }

            foreach (int before in displaced)
            {
                bool atOnce = Math.Max(0, loads[before].MoveStep) == Math.Max(0, step);
                loads[before] = loads[before] with { IsTakenOver = loads[before].IsTakenOver || atOnce };
            }

            int least = Math.Max(Math.Max(load.MoveStep, step), moved);
            int carrier = load.Retained ? -1 : carriers.Find(i, load with { Offset = offset }, step, least);
            loads[i] = load with
            {
                Offset = offset,
                Step = step,
                MoveStep = carrier < 0 ? least : carrier,
                Mode = carrier < 0 ? MoveMode.CopyQueue : MoveMode.InKernel,
                Behind = behind,
            };
            loaded = step;
            moved = loads[i].MoveStep;
        }

        // Moves are joined by the other model's steps, which are no steps of the plan.
        long arena = Math.Max(ring.Top, problem.ParametersBytes);
        PlacedMove[] moves = MoveJoiner.Join(problem, loads, split.StagingBytes);
        if (head is not null)
        {
            foreach (ref PlacedLoad load in loads.AsSpan())
            {
                load = load with { Step = Math.Max(0, load.Step), MoveStep = Math.Max(0, load.MoveStep) };
            }

            foreach (ref PlacedMove move in moves.AsSpan())
            {
                move = move with { Step = Math.Max(0, move.Step) };
            }
        }

        return placed with { ArenaBytes = arena, Moves = moves };
    }
}
