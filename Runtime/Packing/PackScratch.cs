namespace FlashMem.Runtime.Packing;

/// <summary>Buffers of one packing thread: a tile's source bytes and the same converted.</summary>
internal sealed class PackScratch : IDisposable
{
    public PackScratch()
    {
        Raw.Resize(TileSplitter.LargestRangeBytes);
        Converted.Resize(TileSplitter.LargestRangeBytes);
    }

    public NativeBuffer Raw { get; } = new();

    public NativeBuffer Converted { get; } = new();

    public void Dispose()
    {
        Raw.Dispose();
        Converted.Dispose();
    }
}
