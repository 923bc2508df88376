using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// A time that no plan's repeated run beats, and which bytes a run that short would keep resident. Holds for every planner and policy,
/// because it follows from order, room and rates alone.
/// </summary>
/// <param name="RunMs">The bound in milliseconds.</param>
/// <param name="Retained">Slot bytes to keep, by step that uses them first, for the shortest relaxed run that was found.</param>
internal sealed record LatencyBound(double RunMs, double[] Retained)
{
    public static LatencyBound Of(PlanProblem problem)
    {
        StreamModel model = StreamModel.Of(problem);

        // A run that reads no chunk still fetches its rows and computes; every plan's does.
        double residentMs = new TimelineModel(problem).RepeatedRun(new Schedule([], 0), awaitAll: false).TotalMs;
        if (problem.EverythingFits)
        {
            return new LatencyBound(residentMs, model.Slots);
        }

        RetentionDescent descent = new RetentionDescent(model).Run();
        double leastMs = Math.Max(residentMs, PlanBound.RepeatedRun(problem).LowerBoundMs);
        return new LatencyBound(Math.Max(descent.BoundMs, leastMs), descent.Best);
    }

    /// <summary>
    /// A time in milliseconds that no plan's first run beats, whatever its budget: a step starts when the bytes that it and the steps before
    /// it need have been read, and when the step before it is complete. Above max(storage, compute) where computing goes on after the last
    /// byte has come.
    /// </summary>
    public static double FirstRunMs(PlanProblem problem)
    {
        StreamModel model = StreamModel.Of(problem);
        double readMs = problem.Rates.StorageMs(problem.ParametersBytes);
        double endMs = 0;
        for (int step = 0; step < model.Steps; step++)
        {
            readMs += model.Bytes[step] * model.ArrivalMs;
            endMs = Math.Max(endMs, readMs) + model.ComputeMs[step] + (model.Bytes[step] * model.ContentionMs);
        }

        return endMs;
    }
}
