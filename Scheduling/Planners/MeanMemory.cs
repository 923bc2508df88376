using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// The time-weighted mean of all memory over a predicted run, counted as reports count a run that happened: a chunk's slot from the start
/// of its read to the end of the step that releases it; while it is moved, in both places.
/// </summary>
internal static class MeanMemory
{
    /// <param name="problem">Sizes.</param>
    /// <param name="schedule">What happens.</param>
    /// <param name="run">When it happens.</param>
    /// <param name="isFirst">Retained chunks come in this run; else they are there from its start.</param>
    public static double Of(PlanProblem problem, Schedule schedule, RunTimeline run, bool isFirst)
    {
        double byteMs = 0;
        for (int i = 0; i < schedule.Loads.Length; i++)
        {
            PlacedLoad load = schedule.Loads[i];
            bool skipped = load.Retained && !isFirst;
            double from = skipped ? 0 : run.ReadMs[i];
            double until = load.Retained ? run.TotalMs : run.EndMs[load.Demand.Last];
            double twice = skipped || problem.ZeroCopy ? 0 : load.Mode == MoveMode.InKernel
                ? run.EndMs[load.MoveStep] - run.StartMs[load.MoveStep]
                : run.CopyEndMs[i] - run.CopyStartMs[i];
            byteMs += problem.Chunks[load.Demand.Chunk].SlotBytes * (until - from + twice);
        }

        return problem.FixedBytes + (run.TotalMs > 0 ? byteMs / run.TotalMs : 0);
    }
}
