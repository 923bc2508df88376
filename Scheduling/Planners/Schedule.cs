namespace FlashMem.Scheduling.Planners;

/// <summary>All residencies of a plan in the order of their reads.</summary>
/// <param name="Loads">In issue order: by step, then as the planner wants them.</param>
/// <param name="ArenaBytes">Size of the unified arena.</param>
internal sealed record Schedule(PlacedLoad[] Loads, long ArenaBytes)
{
    /// <summary>All moves, in the order of the loads and of the steps; empty on zero-copy devices.</summary>
    public PlacedMove[] Moves { get; init; } = [];

    /// <summary>Size of the texture arena.</summary>
    public long TextureBytes { get; init; }

    /// <summary>Size of the table arena.</summary>
    public long TableBytes { get; init; }
}
