using FlashMem.Runtime.Storage;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>A file of known bytes with ways to bring it into the page cache and out of it.</summary>
internal sealed class StorageFile : IDisposable
{
    public const int Block = 4096;

    private readonly TemporaryFolder folder = new();

    public StorageFile(int bytes, int seed = 1)
    {
        Content = new byte[bytes];
        new Random(seed).NextBytes(Content);
        using FileStream file = File.Create(Path);
        file.Write(Content);
        file.Flush(flushToDisk: true);
        file.Close();
        Identity = FileIdentities.Of(Path)!.Value;
    }

    public string Path => folder["weights.bin"];

    public byte[] Content { get; }

    public FileIdentity Identity { get; }

    public IFileReader Open(StorageOptions? options = null) => FileReaders.Open(Path, options ?? new StorageOptions());

    /// <summary>Takes the clean pages of a range out of the page cache; nothing on other systems than Linux.</summary>
    public void Evict(long offset = 0, long bytes = 0)
    {
        if (OperatingSystem.IsLinux())
        {
            using var file = File.OpenHandle(Path);
            _ = LinuxNative.Advise(file, offset, bytes, LinuxNative.AdviseDontNeed);
        }
    }

    /// <summary>Bytes of the file in the page cache; null where the system does not say.</summary>
    public long? CachedBytes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        using var file = File.OpenHandle(Path);
        long pages = LinuxNative.CachedPages(file, 0, Content.Length);
        return pages < 0 ? null : pages * Block;
    }

    public void Dispose() => folder.Dispose();
}
