using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Problem;

/// <summary>A chunk: the unit in which a weight is read, held and released.</summary>
/// <param name="Id">Its number over the whole graph, in order of first use.</param>
/// <param name="Weight">Index of its weight.</param>
/// <param name="Index">Its position among the chunks of its weight.</param>
/// <param name="Panels">The panels it holds, counted over all groups; empty for a linear weight, which is one chunk.</param>
/// <param name="FileOffset">First byte, counted from the start of the data section; a multiple of 4096.</param>
/// <param name="Bytes">Payload bytes.</param>
public sealed record ChunkInfo(int Id, int Weight, int Index, PanelRange Panels, long FileOffset, int Bytes)
{
    /// <summary>Bytes it takes in memory: <see cref="Bytes"/> rounded up to 4096, because direct reads write whole blocks.</summary>
    public long SlotBytes => Alignment.Up(Bytes, Alignment.Block);
}
