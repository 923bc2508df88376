using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Chooses the step whose kernel moves a chunk itself: the first one with capacity left that starts when the chunk has arrived, judged by
/// the times of the same schedule with the copy queue. A chunk that finds none goes by the copy queue.
/// </summary>
internal sealed class CarrierChoice
{
    private readonly PlanProblem? problem;
    private readonly RunTimeline? times;
    private readonly long[] capacity;

    private CarrierChoice() => capacity = [];

    /// <param name="problem">Steps and their load capacities.</param>
    /// <param name="copied">The schedule with every move on the copy queue.</param>
    public CarrierChoice(PlanProblem problem, Schedule copied)
    {
        this.problem = problem;
        times = new TimelineModel(problem).RepeatedRun(copied, awaitAll: false);
        capacity = [.. problem.Steps.Select(step => step.Class == OperatorClass.Hierarchical ? 0 : step.LoadCapacityBytes)];
    }

    /// <summary>No kernel carries anything.</summary>
    public static CarrierChoice None { get; } = new();

    /// <summary>The carrying step from <paramref name="least"/> on and before the chunk's first use; -1 for none.</summary>
    /// <param name="index">Position of the load in the schedule.</param>
    /// <param name="load">The load.</param>
    /// <param name="least">First step at which staging and target are ready.</param>
    public int Find(int index, PlacedLoad load, int least)
    {
        if (problem is null || times is null)
        {
            return -1;
        }

        long bytes = problem.Chunks[load.Demand.Chunk].Bytes;
        for (int step = least; step < load.Demand.First; step++)
        {
            if (capacity[step] >= bytes && times.StartMs[step] >= times.ArrivalMs[index])
            {
                capacity[step] -= bytes;
                return step;
            }
        }

        return -1;
    }
}
