namespace FlashMem.Scheduling.Plans;

/// <summary>What a planner knows about its plan.</summary>
public enum PlanStatus
{
    /// <summary>It keeps every constraint; a better one may exist.</summary>
    Feasible,

    /// <summary>Proved: the gap between objective and bound is at most 0.2 %, the tolerance with which planners stop.</summary>
    Optimal,
}
