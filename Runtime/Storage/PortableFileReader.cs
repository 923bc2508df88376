using FlashMem.Scheduling.Problem;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads with what .NET offers everywhere. On Windows aligned ranges go past the system's cache (FILE_FLAG_NO_BUFFERING); on macOS all
/// reads are buffered, and the system's unified cache gives way under pressure.
/// </summary>
internal sealed class PortableFileReader : IFileReader
{
    /// <summary>FILE_FLAG_NO_BUFFERING; .NET passes it on to Windows and ignores it elsewhere.</summary>
    private const FileOptions NoBuffering = (FileOptions)0x20000000;

    private readonly string path;
    private readonly int requestBytes;
    private readonly SafeFileHandle buffered;
    private readonly SafeFileHandle? direct;

    public PortableFileReader(string path, StorageOptions options)
    {
        const FileShare share = FileShare.ReadWrite | FileShare.Delete;
        this.path = path;
        requestBytes = options.RequestBytes;
        buffered = File.OpenHandle(path, FileMode.Open, FileAccess.Read, share, FileOptions.RandomAccess);
        direct = options.Direct && OperatingSystem.IsWindows()
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, share, NoBuffering)
            : null;
    }

    public FileIdentity Identity => FileIdentities.Of(buffered, path);

    public ReadOutcome Read(long offset, nint target, int bytes, int capacity)
    {
        bool aligned = offset % Alignment.Block == 0 && target % Alignment.Block == 0;
        bool useDirect = direct is not null && aligned && Alignment.Up(bytes, Alignment.Block) <= capacity;
        int length = useDirect ? (int)Alignment.Up(bytes, Alignment.Block) : bytes;
        SafeFileHandle file = useDirect ? direct! : buffered;
        int position = 0;
        while (position < bytes)
        {
            int count = ReadOnce(file, offset + position, target + position, Math.Min(length - position, requestBytes));
            if (count == 0)
            {
                break;
            }

            position += count;
            if (useDirect && position % Alignment.Block != 0)
            {
                break;
            }
        }

        position = Math.Min(position, bytes);
        return new ReadOutcome(position, 0, useDirect ? position : 0);
    }

    public void Dispose()
    {
        direct?.Dispose();
        buffered.Dispose();
    }

    private static unsafe int ReadOnce(SafeFileHandle file, long offset, nint target, int bytes) =>
        RandomAccess.Read(file, new Span<byte>((void*)target, bytes), offset);
}
