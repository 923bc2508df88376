using System.Runtime.Versioning;
using FlashMem.Scheduling.Problem;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Takes aligned ranges from the page cache where they are already in it and from the disk by direct I/O where not, so that streaming a
/// model never grows the page cache. Where direct I/O is refused, it reads through the cache and drops behind what the read brought in.
/// Unaligned ranges (rows of an embedding) are plain reads without read-ahead.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxFileReader : IFileReader
{
    /// <summary>Shorter cached stretches are read from disk with their neighbours: one request costs more than these bytes.</summary>
    private const int BlockBytes = 128 << 10;

    private readonly string path;
    private readonly int requestBytes;
    private readonly SafeFileHandle buffered;
    private readonly SafeFileHandle? direct;
    private readonly PageCacheMap cache;
    private volatile bool cachedReadsWork = true;
    private volatile bool directWorks;

    public LinuxFileReader(string path, StorageOptions options)
    {
        this.path = path;
        requestBytes = options.RequestBytes;
        buffered = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            direct = options.Direct ? LinuxNative.TryOpenDirect(path) : null;
            directWorks = direct is not null;
            cache = new PageCacheMap(buffered, RandomAccess.GetLength(buffered));
        }
        catch
        {
            direct?.Dispose();
            buffered.Dispose();
            throw;
        }
    }

    /// <summary>False once the file system has refused direct I/O.</summary>
    internal bool ReadsDirectly => directWorks;

    public FileIdentity Identity => LinuxNative.Identify(buffered, path)
        ?? throw new IOException($"cannot stat '{path}': {LinuxNative.ErrorText(LinuxNative.LastError)}");

    public ReadOutcome Read(long offset, nint target, int bytes, int capacity)
    {
        if (offset % Alignment.Block != 0 || target % Alignment.Block != 0)
        {
            return new ReadOutcome(ReadBuffered(offset, target, bytes), 0, 0);
        }

        int position = 0;
        int fromCache = 0;
        int fromDisk = 0;
        while (position < bytes)
        {
            long at = offset + position;
            int wanted = Math.Min(bytes - position, requestBytes);
            (bool cached, long run) = cache.RunAt(at, wanted, BlockBytes);
            wanted = run > 0 ? (int)Math.Min(wanted, run) : wanted;
            int count = cached ? ReadCached(at, target + position, wanted) : 0;
            if (count > 0)
            {
                fromCache += count;
            }
            else
            {
                (count, bool wasDirect) = ReadFromDisk(at, target + position, wanted, capacity - position);
                fromDisk += wasDirect ? count : 0;
            }

            if (count == 0)
            {
                break;
            }

            position += count;
        }

        return new ReadOutcome(position, fromCache, fromDisk);
    }

    public void Dispose()
    {
        cache.Dispose();
        direct?.Dispose();
        buffered.Dispose();
    }

    /// <summary>Whole pages that are still in the page cache, or the rest of the range; 0 when the first page is gone by now.</summary>
    private int ReadCached(long offset, nint target, int bytes)
    {
        if (!cachedReadsWork)
        {
            return ReadBuffered(offset, target, bytes);
        }

        nint count;
        try
        {
            count = LinuxNative.ReadCached(buffered, target, bytes, offset);
        }
        catch (EntryPointNotFoundException)
        {
            cachedReadsWork = false;
            return ReadBuffered(offset, target, bytes);
        }

        if (count >= 0)
        {
            return count == bytes ? bytes : (int)Alignment.Down(count, Alignment.Block);
        }

        switch (LinuxNative.LastError)
        {
            case LinuxNative.TryAgain or LinuxNative.Interrupted:
                return 0;
            case LinuxNative.NotSupported or LinuxNative.InvalidArgument or LinuxNative.NoSuchCall:
                cachedReadsWork = false;
                return ReadBuffered(offset, target, bytes);
            default:
                throw Failed(LinuxNative.LastError, offset, bytes);
        }
    }

    private (int Count, bool Direct) ReadFromDisk(long offset, nint target, int bytes, int capacity)
    {
        long padded = Alignment.Up(bytes, Alignment.Block);
        int aligned = (int)(padded <= capacity ? padded : Alignment.Down(bytes, Alignment.Block));
        if (!directWorks || aligned == 0 || offset % Alignment.Block != 0)
        {
            int count = ReadBuffered(offset, target, bytes);
            _ = LinuxNative.Advise(buffered, offset, Alignment.Up(bytes, Alignment.Block), LinuxNative.AdviseDontNeed);
            return (count, false);
        }

        while (true)
        {
            nint count = LinuxNative.Read(direct!, target, aligned, offset);
            if (count >= 0)
            {
                // Less than asked for is the end of the file or an interruption; a part of a block is kept only at the end.
                int usable = (int)Math.Min(count, bytes);
                return (usable == bytes || usable == 0 ? usable : ContinueAfter(offset, target, usable, bytes), true);
            }

            switch (LinuxNative.LastError)
            {
                case LinuxNative.Interrupted:
                    continue;
                case LinuxNative.InvalidArgument or LinuxNative.NotSupported:
                    // The file system accepted the flag but refuses the request.
                    directWorks = false;
                    return ReadFromDisk(offset, target, bytes, capacity);
                default:
                    throw Failed(LinuxNative.LastError, offset, bytes);
            }
        }
    }

    /// <summary>Keeps whole blocks of a short direct read for the caller to go on from; fetches the rest of a torn first block.</summary>
    private int ContinueAfter(long offset, nint target, int usable, int bytes)
    {
        int whole = (int)Alignment.Down(usable, Alignment.Block);
        return whole > 0 ? whole : ReadBuffered(offset, target, (int)Math.Min(bytes, Alignment.Block));
    }

    private int ReadBuffered(long offset, nint target, int bytes)
    {
        int position = 0;
        while (position < bytes)
        {
            nint count = LinuxNative.Read(buffered, target + position, bytes - position, offset + position);
            if (count == 0)
            {
                break;
            }

            if (count > 0)
            {
                position += (int)count;
            }
            else if (LinuxNative.LastError != LinuxNative.Interrupted)
            {
                throw Failed(LinuxNative.LastError, offset + position, bytes - position);
            }
        }

        return position;
    }

    private IOException Failed(int error, long offset, int bytes) =>
        new($"{LinuxNative.ErrorText(error)} reading {bytes} bytes at offset {offset} of '{path}'", error);
}
