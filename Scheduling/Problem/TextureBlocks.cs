namespace FlashMem.Scheduling.Problem;

/// <summary>Texture memory is made of equal blocks (images of the largest height); nothing may lie across the border of two.</summary>
internal static class TextureBlocks
{
    /// <summary>The first address at or after <paramref name="offset"/> where so many bytes lie in one block.</summary>
    public static long Fit(long offset, long bytes, long blockBytes) =>
        bytes > blockBytes - (offset % blockBytes) ? Alignment.Up(offset, blockBytes) : offset;

    /// <summary>The address behind them.</summary>
    public static long After(long offset, long bytes, long blockBytes) => Fit(offset, bytes, blockBytes) + bytes;
}
