namespace FlashMem.Scheduling.Plans;

/// <summary>One read of a chunk from storage into the unified arena; it begins a residency that a release ends.</summary>
/// <param name="Chunk">Id of the chunk.</param>
/// <param name="Offset">First byte in the unified arena for this residency; a multiple of 4096.</param>
public readonly record struct ChunkLoad(int Chunk, long Offset);
