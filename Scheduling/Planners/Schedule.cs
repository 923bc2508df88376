namespace FlashMem.Scheduling.Planners;

/// <summary>All residencies of a plan in the order of their reads.</summary>
/// <param name="Loads">In issue order: by step, then as the planner wants them.</param>
/// <param name="ArenaBytes">Highest arena address used.</param>
internal sealed record Schedule(PlacedLoad[] Loads, long ArenaBytes);
