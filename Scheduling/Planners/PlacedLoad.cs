namespace FlashMem.Scheduling.Planners;

/// <summary>A residency with its place and time.</summary>
/// <param name="Demand">What it serves.</param>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Step">Step with which its read may start; at most the demand's first step.</param>
/// <param name="Retained">It outlives the run.</param>
internal readonly record struct PlacedLoad(ChunkDemand Demand, long Offset, int Step, bool Retained);
