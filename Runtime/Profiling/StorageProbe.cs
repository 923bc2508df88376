using FlashMem.Abstractions.Devices;
using FlashMem.Runtime.Storage;

namespace FlashMem.Runtime.Profiling;

/// <summary>Reads a file as the runtime reads weights: from the disk, then again from the page cache.</summary>
internal sealed class StorageProbe : IDisposable
{
    /// <summary>Chunks in flight: twice the default I/O threads at most.</summary>
    private const int Slots = 24;

    private readonly string path;
    private readonly IDevice device;
    private readonly ProfileOptions options;
    private readonly IDeviceMemory target;

    /// <param name="directory">Where the file is made; it should be on the disk that will hold the weights.</param>
    /// <param name="device">Whose staging memory the reads fill, and whose clock times them.</param>
    /// <param name="options">Sizes.</param>
    public StorageProbe(string directory, IDevice device, ProfileOptions options)
    {
        this.device = device;
        this.options = options;
        Directory.CreateDirectory(directory);
        path = Path.Combine(directory, $"profile-{Environment.ProcessId}.tmp");
        target = device.Allocate(MemoryTier.Unified, (long)options.ChunkBytes * Slots);
        using FileStream file = File.Create(path);
        var block = new byte[options.ChunkBytes];
        new Random(1).NextBytes(block);
        for (long written = 0; written < options.FileBytes; written += block.Length)
        {
            file.Write(block);
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>Bytes per second by direct reads of chunk size; through the page cache where the platform has none.</summary>
    public double DiskBytesPerSecond() => Rate(evict: true);

    /// <summary>Bytes per second when the file is in the page cache.</summary>
    public double CachedBytesPerSecond()
    {
        PageCache.Warm(path);
        return Rate(evict: false);
    }

    /// <summary>Reads of any size, with the file in the page cache or not. The caller disposes it before it opens another.</summary>
    public ReadStream OpenStream(bool cached)
    {
        if (cached)
        {
            PageCache.Warm(path);
        }
        else
        {
            Evict();
        }

        return new ReadStream(OpenStorage(), device.CreateTimeline("reads"), target, options.FileBytes, Slots);
    }

    /// <summary>Milliseconds of one read of 4096 bytes from the disk.</summary>
    public double SmallReadMs()
    {
        const int Reads = 32;
        Evict();
        var random = new Random(2);
        return Time(storage =>
        {
            Timeline done = device.CreateTimeline("small reads");
            for (int i = 1; i <= Reads; i++)
            {
                long offset = random.NextInt64(options.FileBytes / 4096) * 4096;
                storage.Read(new ReadCommand("profile", offset, 4096, new MemoryRange(target, 0, 4096), null), [], done.At((ulong)i));
                done.Wait((ulong)i);
            }
        }) / Reads;
    }

    public void Dispose()
    {
        target.Dispose();
        File.Delete(path);
    }

    private double Rate(bool evict)
    {
        if (evict)
        {
            Evict();
        }

        double milliseconds = Time(storage =>
        {
            using var reads = new ReadStream(storage, device.CreateTimeline("reads"), target, options.FileBytes, Slots);
            reads.Issue(options.ChunkBytes, (int)(options.FileBytes / options.ChunkBytes)).Wait();
        });
        return options.FileBytes / (milliseconds / 1e3);
    }

    private void Evict()
    {
        if (OperatingSystem.IsLinux())
        {
            PageCache.Evict(path);
        }
    }

    private FileWeightStorage OpenStorage()
    {
        var storageOptions = new StorageOptions();
        FileIdentity identity = FileIdentities.Of(path) ?? throw new IOException($"'{path}' has vanished");
        return new FileWeightStorage(path, identity, FileReaders.Open(path, storageOptions), storageOptions, null, () => device.Now);
    }

    private double Time(Action<FileWeightStorage> read)
    {
        FileWeightStorage storage = OpenStorage();
        try
        {
            var start = device.Now;
            read(storage);
            return (device.Now - start).Milliseconds;
        }
        finally
        {
            storage.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
