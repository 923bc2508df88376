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
        if (problem.EverythingFits)
        {
            return new LatencyBound(model.ComputeMs.Sum(), model.Slots);
        }

        RetentionDescent descent = new RetentionDescent(model).Run();
        return new LatencyBound(Math.Max(descent.BoundMs, PlanBound.RepeatedRun(problem).LowerBoundMs), descent.Best);
    }
}
