using FlashMem.Abstractions.Devices;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Which copy of a run was the last to read each block of the unified arena, so that a read that takes a range over waits for exactly the
/// copies that still need it.
/// </summary>
/// <param name="arena">The unified arena.</param>
internal sealed class StagingUse(MemoryRange arena)
{
    private readonly int[] freeAt = new int[arena.Bytes / Alignment.Block];

    /// <summary>Value of the transfer timeline at which a range may be overwritten; 0 when no copy of this run has read it.</summary>
    public int FreeAt(MemoryRange range)
    {
        int value = 0;
        foreach (int block in Blocks(range))
        {
            value = Math.Max(value, block);
        }

        return value;
    }

    /// <summary>The copy with this value reads the range; 0 for none.</summary>
    public void Moves(MemoryRange range, int value) => Blocks(range).Fill(value);

    private Span<int> Blocks(MemoryRange range) =>
        freeAt.AsSpan(
        (int)((range.Offset - arena.Offset) / Alignment.Block), (int)((range.Bytes + Alignment.Block - 1) / Alignment.Block));
}
