using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Planners;

/// <summary>A residency with its place and time.</summary>
/// <param name="Demand">What it serves.</param>
/// <param name="Offset">First byte in the unified arena.</param>
/// <param name="Step">Step with which its read may start; at most the demand's first step.</param>
/// <param name="Retained">It outlives the run.</param>
internal readonly record struct PlacedLoad(ChunkDemand Demand, long Offset, int Step, bool Retained)
{
    /// <summary>First byte in the texture arena, or in the table arena for a large linear weight. Of no meaning on zero-copy devices.</summary>
    public long TargetOffset { get; init; }

    /// <summary>Step that moves it; from <see cref="Step"/> to the demand's first step.</summary>
    public int MoveStep { get; init; }

    /// <summary>How it moves.</summary>
    public MoveMode Mode { get; init; }

    /// <summary>Index of the latest load whose staging it takes over once that is copied; -1 for none.</summary>
    public int Behind { get; init; }

    /// <summary>Another load takes over its staging in the very step that moves it.</summary>
    public bool IsTakenOver { get; init; }
}
