using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Planners;

/// <summary>States how good a plan is: its objective, a bound for every plan of the problem, and the gap between them.</summary>
internal static class PlanProof
{
    /// <summary>
    /// A plan proved this close to the bound counts as optimal, and no search goes on from there: 0.2 %. Predicted times differ from measured
    /// ones by more, and the bound knows neither the latency of single copies nor the borders of textures, which cost every plan about
    /// as much.
    /// </summary>
    public const double OptimalGap = 0.002;

    /// <summary>The bound of another planner's proof may be passed; it is lowered to the objective where rounding put it above.</summary>
    public static OverlapPlan Attach(OverlapPlan plan, double boundMs)
    {
        double bound = Math.Min(plan.RunMs, PlanAssembler.Round(boundMs));
        return plan with
        {
            Objective = plan.RunMs,
            Bound = bound,
            Gap = Gap(plan.RunMs, bound),
            Status = StatusOf(plan.RunMs, bound),
        };
    }

    /// <summary>The same for a plan of least memory.</summary>
    public static OverlapPlan AttachMemory(OverlapPlan plan, double boundBytes)
    {
        double objective = (plan.FirstMeanBytes!.Value + plan.MeanBytes!.Value) / 2.0;
        double bound = Math.Min(objective, Math.Floor(boundBytes));
        return plan with
        {
            Objective = objective,
            Bound = bound,
            Gap = Gap(objective, bound),
            Status = StatusOf(objective, bound),
        };
    }

    /// <summary>The share of the objective that is not proved to be needed.</summary>
    public static double Gap(double objective, double bound) =>
        objective > 0 ? PlanAssembler.Round((objective - bound) / objective) : 0;

    private static PlanStatus StatusOf(double objective, double bound) =>
        Gap(objective, bound) <= OptimalGap ? PlanStatus.Optimal : PlanStatus.Feasible;
}
