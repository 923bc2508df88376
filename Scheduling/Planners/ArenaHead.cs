using System.Collections.Immutable;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// An arena of which parts become free while another model still runs. Steps below 0 stand for that model's: what is free from step -1 on
/// is free when all its steps are complete, what is free from step 0 on when its outputs have been read too.
/// </summary>
/// <param name="FirstStep">The first step that counts; below 0.</param>
/// <param name="Bytes">Size of the arena.</param>
/// <param name="Segments">From which step on the addresses from Start to the next segment are free; the first starts at 0.</param>
internal sealed record ArenaHead(int FirstStep, long Bytes, ImmutableArray<(long Start, int FreeFrom)> Segments)
{
    public ArenaSkyline Skyline() => new(Bytes, Segments);

    /// <summary>An arena beside it that is empty from the first step on.</summary>
    public ArenaHead Free(long bytes) => this with { Bytes = bytes, Segments = bytes == 0 ? [] : [(0, FirstStep)] };
}
