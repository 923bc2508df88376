using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>Writes a schedule down as a plan: loads, moves and releases per step, predictions and resident bytes.</summary>
internal sealed class PlanAssembler(PlanProblem problem, Schedule schedule)
{
    public OverlapPlan Assemble(string solver, bool awaitPreload)
    {
        var model = new TimelineModel(problem);
        RunTimeline first = model.FirstRun(schedule, awaitPreload);
        RunTimeline repeated = model.RepeatedRun(schedule, awaitPreload);
        int pinned = PinnedCount();
        int preloaded = PreloadedCount(awaitPreload, pinned);
        return new OverlapPlan
        {
            Model = problem.Model,
            ModelHash = problem.ModelHash,
            LayoutHash = problem.LayoutHash,
            WeightFileHash = problem.WeightFileHash,
            DeviceSpecHash = problem.DeviceSpecHash,
            Policy = problem.Policy,
            Solver = solver,
            Status = PlanStatus.Feasible,
            BudgetBytes = problem.BudgetBytes,
            ChunkBytes = problem.ChunkBytes,
            UnifiedArenaBytes = schedule.ArenaBytes,
            TextureArenaBytes = schedule.TextureBytes,
            TableArenaBytes = schedule.TableBytes,
            RowStagingBytes = problem.RowStagingBytes,
            ParametersBytes = problem.ParametersBytes,
            ActivationBytes = problem.ActivationBytes,
            WorkspaceBytes = problem.WorkspaceBytes,
            FirstRunMs = Round(first.TotalMs),
            RunMs = Round(repeated.TotalMs),
            LatencySlack = problem.LatencySlack,
            FirstMeanBytes = (long)Math.Round(MeanMemory.Of(problem, schedule, first, isFirst: true)),
            MeanBytes = (long)Math.Round(MeanMemory.Of(problem, schedule, repeated, isFirst: false)),
            AwaitPreload = awaitPreload || pinned > 0,
            Pinned = problem.PinnedWeights,
            SplitKernels = problem.SplitKernels,
            ActivationType = problem.ActivationType,
            Preloaded = [.. schedule.Loads.Take(preloaded).Select(Load)],
            Retained = [.. schedule.Loads.Where(load => load.Retained).Select(load => load.Demand.Chunk).Order()],
            Steps = Steps(first, preloaded),
        };
    }

    /// <summary>Nanoseconds are enough for people and keep files short.</summary>
    public static double Round(double milliseconds) => Math.Round(milliseconds, 6);

    /// <summary>
    /// How many of the first loads are listed before step 0: those of pinned chunks where there are any, because step 0 waits for all that
    /// is listed; else all when everything stays; else those of the first step that has any.
    /// </summary>
    private int PreloadedCount(bool awaitPreload, int pinned)
    {
        if (pinned > 0 && !awaitPreload)
        {
            return pinned;
        }

        if (awaitPreload || schedule.Loads.All(load => load.Retained))
        {
            return schedule.Loads.Length;
        }

        int count = 0;
        while (count < schedule.Loads.Length && schedule.Loads[count] is { Step: 0 } load
            && load.Demand.First == schedule.Loads[0].Demand.First)
        {
            count++;
        }

        return count;
    }

    private int PinnedCount() => schedule.Loads.Count(load => problem.Chunks[load.Demand.Chunk].IsPinned);

    private ImmutableArray<PlanStep> Steps(RunTimeline first, int preloaded)
    {
        ILookup<int, int> releases = schedule.Loads.Where(load => !load.Retained)
            .ToLookup(load => load.Demand.Last, load => load.Demand.Chunk);
        TierBytes[] resident = problem.ZeroCopy ? ResidentBytes.Unified(problem, schedule) : ResidentBytes.Tiered(problem, schedule);
        var steps = ImmutableArray.CreateBuilder<PlanStep>(problem.Steps.Length);
        int next = preloaded;
        int nextMove = 0;
        foreach (ProblemStep step in problem.Steps)
        {
            int start = next;
            while (next < schedule.Loads.Length && schedule.Loads[next].Step <= step.Index)
            {
                next++;
            }

            int startMove = nextMove;
            while (nextMove < schedule.Moves.Length && schedule.Moves[nextMove].Step <= step.Index)
            {
                nextMove++;
            }

            steps.Add(new PlanStep
            {
                Kernel = step.Kernel,
                Name = step.Name,
                Panels = step.Panels,
                Loads = [.. schedule.Loads.AsSpan(start, next - start).ToArray().Select(Load)],
                Moves = [.. schedule.Moves.AsSpan(startMove, nextMove - startMove).ToArray().Select(Move)],
                Releases = [.. releases[step.Index].Order()],
                StartMs = Round(first.StartMs[step.Index]),
                EndMs = Round(first.EndMs[step.Index]),
                Resident = resident[step.Index],
            });
        }

        return steps.MoveToImmutable();
    }

    private static ChunkLoad Load(PlacedLoad load) => new(load.Demand.Chunk, load.Offset);

    private ChunkMove Move(PlacedMove move)
    {
        PlacedLoad first = schedule.Loads[move.First];
        return new ChunkMove(problem.Chunks[first.Demand.Chunk].Weight, first.Demand.Chunk, move.Count, first.TargetOffset, move.Mode);
    }
}
