using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verdicts;

/// <summary>Finds the smallest budget with which a repeated run is even with a resident one, by bisection over budgets.</summary>
internal static class BreakEven
{
    private const int Halvings = 8;

    /// <param name="pose">The problem of a budget.</param>
    /// <param name="smallest">The smallest budget that works.</param>
    /// <param name="resident">A budget with which everything is resident.</param>
    /// <param name="limitMs">What counts as even.</param>
    public static long Find(Func<long, PlanProblem> pose, long smallest, long resident, double limitMs)
    {
        long low = smallest;
        long high = resident;
        if (IsEven(pose(low), limitMs))
        {
            return low;
        }

        for (int i = 0; i < Halvings && high - low > Alignment.Block; i++)
        {
            long middle = Alignment.Down(low + ((high - low) / 2), Alignment.Block);
            (low, high) = IsEven(pose(middle), limitMs) ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>Looks for a plan only where the bound allows one.</summary>
    private static bool IsEven(PlanProblem problem, double limitMs)
    {
        LatencyBound bound = LatencyBound.Of(problem);
        return bound.RunMs <= limitMs && FastPlanner.Best(problem, bound with { RunMs = limitMs }).RunMs <= limitMs;
    }
}
