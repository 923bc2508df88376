namespace FlashMem.Scheduling.Plans;

/// <summary>What a planner knows about its plan.</summary>
public enum PlanStatus
{
    /// <summary>It keeps every constraint; a better one may exist.</summary>
    Feasible,

    /// <summary>The objective equals the bound: no plan of this problem is better.</summary>
    Optimal,
}
