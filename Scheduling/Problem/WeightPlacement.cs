namespace FlashMem.Scheduling.Problem;

/// <summary>Where a weight lies in the weight file's data section.</summary>
/// <param name="Weight">Index of the weight.</param>
/// <param name="FileOffset">First byte, counted from the start of the data section.</param>
/// <param name="PanelsPerChunk">Panels per chunk of a panel weight (its last chunk may hold fewer); 0 for other weights.</param>
/// <param name="FirstChunk">Id of its first chunk, the others follow; -1 when it has none (parameters block, row weights).</param>
/// <param name="ChunkCount">Number of chunks.</param>
/// <param name="ParameterOffset">First byte within the parameters block; -1 unless it lies there.</param>
public sealed record WeightPlacement(
    int Weight, long FileOffset, int PanelsPerChunk, int FirstChunk, int ChunkCount, long ParameterOffset);
