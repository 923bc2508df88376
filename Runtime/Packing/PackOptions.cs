namespace FlashMem.Runtime.Packing;

/// <summary>How a weight file is packed.</summary>
public sealed record PackOptions
{
    /// <summary>
    /// Chunk size aimed at, in bytes: a chunk holds as many whole panels as fit, at least one. 1 MiB by default: large enough for a disk's
    /// full bandwidth, small enough to fit many into a small budget.
    /// </summary>
    public long TargetChunkBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Largest buffer for packed bytes before they are written; 64 MiB by default. One chunk that is larger is still packed whole.
    /// </summary>
    public long BufferBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Threads that read, convert and write; 0, the default, means one more than there are processors, to cover disk waits.
    /// </summary>
    public int Threads { get; init; }
}
