namespace FlashMem.Scheduling.Plans;

/// <summary>Consecutive chunks of one weight that go from unified to texture memory while a step runs.</summary>
/// <param name="Weight">Index of the weight.</param>
/// <param name="FirstChunk">Id of the first chunk.</param>
/// <param name="Count">Number of chunks.</param>
/// <param name="Mode">How they move.</param>
public readonly record struct ChunkMove(int Weight, int FirstChunk, int Count, MoveMode Mode);
