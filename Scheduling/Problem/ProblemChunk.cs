using System.Collections.Immutable;

namespace FlashMem.Scheduling.Problem;

/// <summary>A chunk as a planner sees it.</summary>
/// <param name="Id">Its index in <see cref="PlanProblem.Chunks"/>.</param>
/// <param name="Weight">Index of its weight.</param>
/// <param name="Bytes">Bytes read from storage.</param>
/// <param name="SlotBytes">Bytes taken in the arena; a multiple of 4096.</param>
/// <param name="Uses">Steps that read it, ascending; empty when no kernel uses it.</param>
/// <param name="IsTable">It is a large linear weight, which a device without zero copy keeps beside the activations.</param>
/// <param name="IsPinned">It must be resident before step 0 and between runs; never true of a chunk that no kernel uses.</param>
public sealed record ProblemChunk(
    int Id, int Weight, long Bytes, long SlotBytes, ImmutableArray<int> Uses, bool IsTable = false, bool IsPinned = false)
{
    public int FirstStep => Uses[0];

    public int LastStep => Uses[^1];
}
