using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Chooses the step whose kernel moves a chunk itself: the first one with capacity left that starts when the chunk has arrived, judged by
/// the times of the same schedule with the copy queue. Where storage is so slow that none does, the last one with capacity before the
/// chunk's use, which then waits for the chunk. A chunk that finds no capacity goes by the copy queue.
/// </summary>
/// <remarks>
/// What a kernel can carry: panel chunks of streamed weights, all into one texture block, in few runs of bytes; and, where a kernel cannot
/// write a texture that it reads, only into a block in which none of its own chunks lies.
/// </remarks>
internal sealed class CarrierChoice
{
    private readonly PlanProblem? problem;
    private readonly RunTimeline? times;
    private readonly Carrier[] carriers;

    private CarrierChoice() => carriers = [];

    /// <param name="problem">Steps and their load capacities.</param>
    /// <param name="copied">The schedule with every move on the copy queue.</param>
    public CarrierChoice(PlanProblem problem, Schedule copied)
    {
        this.problem = problem;
        times = new TimelineModel(problem).RepeatedRun(copied, awaitAll: false);
        carriers = [.. problem.Steps.Select(step => new Carrier(
            step.Class == OperatorClass.Hierarchical || problem.CarriedMoves == CarriedMoves.None ? 0 : step.LoadCapacityBytes))];
        if (problem.CarriedMoves == CarriedMoves.ToOtherBlocks)
        {
            MarkRead(copied);
        }
    }

    /// <summary>No kernel carries anything.</summary>
    public static CarrierChoice None { get; } = new();

    /// <summary>The carrying step from <paramref name="least"/> on and before the chunk's first use; -1 for none.</summary>
    /// <param name="index">Position of the load in the schedule.</param>
    /// <param name="load">The load, with its place in the staging.</param>
    /// <param name="issued">Step that starts its read.</param>
    /// <param name="least">First step at which staging and target are ready.</param>
    public int Find(int index, PlacedLoad load, int issued, int least)
    {
        if (problem is null || times is null || problem.Chunks[load.Demand.Chunk].IsTable)
        {
            return -1;
        }

        ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
        long block = load.TargetOffset / problem.TextureBlockBytes;
        for (int step = least; step < load.Demand.First; step++)
        {
            if (times.StartMs[step] >= times.ArrivalMs[index] && carriers[step].Take(chunk, load, block))
            {
                return step;
            }
        }

        for (int step = load.Demand.First - 1; step >= least && step > issued; step--)
        {
            if (carriers[step].Take(chunk, load, block))
            {
                return step;
            }
        }

        return -1;
    }

    /// <summary>The blocks from which every step's kernel reads its panels.</summary>
    private void MarkRead(Schedule schedule)
    {
        foreach (PlacedLoad load in schedule.Loads)
        {
            ProblemChunk chunk = problem!.Chunks[load.Demand.Chunk];
            foreach (int step in chunk.Uses)
            {
                if (!chunk.IsTable && step >= load.Demand.First && step <= load.Demand.Last)
                {
                    carriers[step].Read.Add(load.TargetOffset / problem.TextureBlockBytes);
                }
            }
        }
    }

    /// <summary>What a step carries so far.</summary>
    private sealed class Carrier(long capacity)
    {
        private long left = capacity;
        private int runs;
        private long target = -1;
        private (long Staging, long Target) end = (-1, -1);

        /// <summary>Blocks that it must not write.</summary>
        public HashSet<long> Read { get; } = [];

        /// <summary>Takes a chunk if it can.</summary>
        public bool Take(ProblemChunk chunk, PlacedLoad load, long block)
        {
            bool continues = runs > 0 && end == (load.Offset, load.TargetOffset);
            if (left < chunk.Bytes || (target >= 0 && target != block) || Read.Contains(block)
                || (!continues && runs == DispatchCommand.MostMoveRuns))
            {
                return false;
            }

            left -= chunk.Bytes;
            runs += continues ? 0 : 1;
            target = block;
            end = (load.Offset + chunk.SlotBytes, load.TargetOffset + chunk.SlotBytes);
            return true;
        }
    }
}
