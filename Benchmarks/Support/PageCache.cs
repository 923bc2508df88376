using System.Runtime.InteropServices;

namespace FlashMem.Benchmarks.Support;

/// <summary>Puts a file into the page cache or drops it from there (Linux).</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    public static void Warm(string path)
    {
        using FileStream stream = File.OpenRead(path);
        byte[] buffer = new byte[4 << 20];
        while (stream.Read(buffer) > 0)
        {
        }
    }

    public static void Evict(string path)
    {
        using FileStream stream = File.OpenRead(path);
        int result = PosixFadvise((int)stream.SafeFileHandle.DangerousGetHandle(), 0, 0, DontNeed);
        if (result != 0)
        {
            throw new IOException($"posix_fadvise on '{path}' failed with error {result}");
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(int descriptor, long offset, long length, int advice);
}
