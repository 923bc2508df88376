using FlashMem.Runtime.Storage;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>What the page cache holds of a file.</summary>
internal static class CachedBytes
{
    /// <summary>Bytes of a file that are in it; null where the system does not say.</summary>
    public static long? Of(string path)
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
