namespace FlashMem.Simulator.Pipelines;

/// <summary>
/// A ring of bytes from which layers take contiguous ranges in order and give them back in the same order. A range that does not fit before
/// the end starts again at 0.
/// </summary>
internal sealed class LayerRing
{
    private readonly Queue<(long Start, long End)> taken = new();
    private long tail;

    /// <param name="bytes">Capacity; at least the largest layer.</param>
    public LayerRing(long bytes) => Bytes = bytes;

    public long Bytes { get; }

    /// <summary>Takes a range if it is free.</summary>
    public bool TryTake(long bytes)
    {
        long start = tail + bytes <= Bytes ? tail : 0;
        long end = start + bytes;
        if (bytes > 0 && taken.Any(range => range.Start < end && start < range.End))
        {
            return false;
        }

        taken.Enqueue((start, end));
        tail = end;
        return true;
    }

    /// <summary>Gives the oldest range back.</summary>
    public void Free() => taken.Dequeue();
}
