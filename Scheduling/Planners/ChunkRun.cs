namespace FlashMem.Scheduling.Planners;

/// <summary>Chunks of one step that want to lie one after the other, and where and when they do.</summary>
internal sealed class ChunkRun
{
    private readonly List<(long Bytes, int NotBefore)> chunks = [];
    private long[] offsets = [];
    private int[] steps = [];

    public int Count => chunks.Count;

    /// <summary>First bytes, by chunk; valid once placed.</summary>
    public Span<long> Offsets => offsets.AsSpan(0, Count);

    /// <summary>Steps from which on the chunks can lie there, by chunk, not falling; valid once placed.</summary>
    public Span<int> Steps => steps.AsSpan(0, Count);

    public long BytesOf(int chunk) => chunks[chunk].Bytes;

    public int NotBefore(int chunk) => chunks[chunk].NotBefore;

    public void Clear() => chunks.Clear();

    /// <param name="bytes">Slot bytes.</param>
    /// <param name="notBefore">First step with which it may be there.</param>
    public void Add(long bytes, int notBefore)
    {
        chunks.Add((bytes, notBefore));
        if (offsets.Length < Count)
        {
            offsets = new long[chunks.Capacity];
            steps = new int[chunks.Capacity];
        }
    }
}
