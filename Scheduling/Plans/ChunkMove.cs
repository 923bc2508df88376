namespace FlashMem.Scheduling.Plans;

/// <summary>
/// One copy of consecutive chunks of one weight from the unified arena to the device: to the texture arena, or to the table arena for a
/// large linear weight. The chunks lie one after the other, slot by slot, in both arenas.
/// </summary>
/// <param name="Weight">Index of the weight.</param>
/// <param name="FirstChunk">Id of the first chunk.</param>
/// <param name="Count">Number of chunks.</param>
/// <param name="Offset">First byte of the first chunk in the target arena; a multiple of 4096.</param>
/// <param name="Mode">How they move.</param>
public readonly record struct ChunkMove(int Weight, int FirstChunk, int Count, long Offset, MoveMode Mode);
