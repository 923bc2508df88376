using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Planners;

/// <summary>States how good a plan is: its objective, a bound for every plan of the problem, and the gap between them.</summary>
internal static class PlanProof
{
    /// <summary>The bound of another planner's proof may be passed; it is lowered to the objective where rounding put it above.</summary>
    public static OverlapPlan Attach(OverlapPlan plan, double boundMs)
    {
        double bound = Math.Min(plan.RunMs, PlanAssembler.Round(boundMs));
        return plan with
        {
            Objective = plan.RunMs,
            Bound = bound,
            Gap = plan.RunMs > 0 ? PlanAssembler.Round((plan.RunMs - bound) / plan.RunMs) : 0,
            Status = plan.RunMs <= bound ? PlanStatus.Optimal : PlanStatus.Feasible,
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
            Gap = PlanAssembler.Round((objective - bound) / objective),
            Status = objective <= bound ? PlanStatus.Optimal : PlanStatus.Feasible,
        };
    }
}
