namespace FlashMem.Graph.Zoo;

/// <summary>How far the weights of a zoo model are written, or checked.</summary>
public readonly record struct ZooProgress(long BytesDone, long BytesTotal);
