using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Says which pages of a file are in the page cache, without bringing any in. Since Linux 5.10 even a read that must not wait
/// (RWF_NOWAIT) starts reading ahead on a miss: the bytes would cross the disk twice and fill the cache. So a read asks here first.
/// Thread-safe.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PageCacheMap : IDisposable
{
    private const int PageBytes = 4096;

    private readonly SafeFileHandle file;
    private readonly long bytes;
    private nint mapping;
    private volatile bool countWorks = true;

    public PageCacheMap(SafeFileHandle file, long bytes)
    {
        this.file = file;
        this.bytes = bytes;

        // Pages of another size would make the residency vector mean something else; then only counts are asked for.
        bool mappable = bytes > 0 && Environment.SystemPageSize == PageBytes;
        mapping = mappable ? LinuxNative.MapForResidency(file, bytes) : -1;
        mapping = mapping == -1 ? 0 : mapping;
    }

    /// <summary>
    /// Finds the run of equally cached blocks that starts at an aligned offset: whether it is in the page cache, and its length, at most
    /// <paramref name="limit"/> bytes. A block counts as cached when all of its pages are.
    /// </summary>
    public (bool Cached, long Bytes) RunAt(long offset, long limit, int blockBytes)
    {
        limit = Math.Min(limit, bytes - offset);
        if (limit <= 0)
        {
            return (false, 0);
        }

        long pages = (limit + PageBytes - 1) / PageBytes;
        if (countWorks)
        {
            long cached = LinuxNative.CachedPages(file, offset, limit);
            countWorks = cached >= 0;
            if (cached == 0 || cached >= pages)
            {
                return (cached > 0, limit);
            }
        }

        return mapping == 0 ? (false, limit) : RunByPages(offset, limit, pages, blockBytes / PageBytes);
    }

    public void Dispose()
    {
        nint address = Interlocked.Exchange(ref mapping, 0);
        if (address != 0)
        {
            _ = LinuxNative.Unmap(address, bytes);
        }
    }

    private (bool Cached, long Bytes) RunByPages(long offset, long limit, long pages, int blockPages)
    {
        const int onStack = 1024;
        Span<byte> resident = pages <= onStack ? stackalloc byte[(int)pages] : new byte[pages];
        if (LinuxNative.Residency(mapping + (nint)offset, limit, resident) != 0)
        {
            return (false, limit);
        }

        bool first = IsCached(resident, 0, blockPages);
        int end = blockPages;
        while (end < resident.Length && IsCached(resident, end, blockPages) == first)
        {
            end += blockPages;
        }

        return (first, Math.Min(limit, (long)end * PageBytes));
    }

    private static bool IsCached(ReadOnlySpan<byte> resident, int page, int blockPages)
    {
        foreach (byte state in resident[page..Math.Min(resident.Length, page + blockPages)])
        {
            if ((state & 1) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
