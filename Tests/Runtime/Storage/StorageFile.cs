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

    /// <summary>Takes a range out of the page cache, all with a length of 0; nothing on other systems than Linux.</summary>
    public void Evict(long offset = 0, long bytes = 0)
    {
        if (OperatingSystem.IsLinux())
        {
            PageCache.Evict(Path, offset, bytes);
        }
    }

    /// <summary>Bytes of it in the page cache; null where the system does not say.</summary>
    public long? CachedBytes() => Storage.CachedBytes.Of(Path);

    public void Dispose() => folder.Dispose();
}
