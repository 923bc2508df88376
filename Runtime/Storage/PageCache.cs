using System.Runtime.Versioning;

namespace FlashMem.Runtime.Storage;

/// <summary>Brings a file into the page cache and takes it out, for measurements.</summary>
internal static class PageCache
{
    private const int BufferBytes = 1 << 20;

    public static void Warm(string path)
    {
        using FileStream file = File.OpenRead(path);
        file.CopyTo(Stream.Null, BufferBytes);
    }

    /// <summary>Takes the pages of a range that are on disk out, all with a length of 0.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    [SupportedOSPlatform("linux")]
    public static void Evict(string path, long offset = 0, long bytes = 0)
    {
        using var file = File.OpenHandle(path);
        int error = LinuxNative.Advise(file, offset, bytes, LinuxNative.AdviseDontNeed);
        if (error != 0)
        {
            throw new IOException($"posix_fadvise on '{path}' failed: error {error}");
        }
    }
}
