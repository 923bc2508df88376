using FlashMem.Runtime.Storage;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>What the page cache holds of a file, and a way to take it out.</summary>
internal static class PageCache
{
    /// <summary>Takes the clean pages of a range out, all with a length of 0; nothing on other systems than Linux.</summary>
    public static void Evict(string path, long offset = 0, long bytes = 0)
    {
        if (OperatingSystem.IsLinux())
        {
            using var file = File.OpenHandle(path);
            _ = LinuxNative.Advise(file, offset, bytes, LinuxNative.AdviseDontNeed);
        }
    }

    /// <summary>Bytes of a file that are in it; null where the system does not say.</summary>
    public static long? BytesOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        using var file = File.OpenHandle(path);
        long pages = LinuxNative.CachedPages(file, 0, RandomAccess.GetLength(file));
        return pages < 0 ? null : pages * StorageFile.Block;
    }
}
