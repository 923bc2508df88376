using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Storage;

/// <summary>The Linux system calls that .NET has no equivalent of. Failures are returned as in C, the cause is in errno.</summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxNative
{
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int InvalidArgument = 22;
    public const int NoSuchCall = 38;
    public const int NotSupported = 95;

    public const int AdviseWillNeed = 3;
    public const int AdviseDontNeed = 4;

    private const int BatchPolicy = 3;
    private const int OpenReadOnly = 0;
    private const int OpenCloseOnExec = 0x80000;
    private const int ReadNoWait = 8;
    private const int ProtectNone = 0;
    private const int MapShared = 1;
    private const int SyncWrite = 2;

    /// <summary>System call number of cachestat, the same on all architectures that .NET runs on.</summary>
    private const long CacheStatCall = 451;

    /// <summary>O_DIRECT differs between architectures; 0 where it is not known.</summary>
    private static int OpenDirectFlag => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 => 0x4000,
        Architecture.Arm64 or Architecture.Arm => 0x10000,
        _ => 0,
    };

    public static int LastError => Marshal.GetLastPInvokeError();

    public static string ErrorText(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error})";

    /// <summary>Opens a file for direct reads; null when the file system or the architecture has none.</summary>
    public static SafeFileHandle? TryOpenDirect(string path)
    {
        if (OpenDirectFlag == 0)
        {
            return null;
        }

        int descriptor;
        do
        {
            descriptor = Open(path, OpenReadOnly | OpenCloseOnExec | OpenDirectFlag, 0);
        }
        while (descriptor < 0 && LastError == Interrupted);

        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public static nint Read(SafeFileHandle file, nint target, nint bytes, long offset) => PRead(file, target, bytes, offset);

    /// <summary>Reads only what the page cache holds; errno <see cref="TryAgain"/> when the first page is not there.</summary>
    public static unsafe nint ReadCached(SafeFileHandle file, nint target, nint bytes, long offset)
    {
        var vector = new IoVector { Base = target, Length = bytes };
        return PReadV2(file, &vector, 1, offset, ReadNoWait);
    }

    public static int Advise(SafeFileHandle file, long offset, long bytes, int advice) => FileAdvise(file, offset, bytes, advice);

    /// <summary>Reserves addresses for a file without access to its pages, for <see cref="Residency"/>; -1 on failure.</summary>
    public static nint MapForResidency(SafeFileHandle file, long bytes) => Map(0, (nint)bytes, ProtectNone, MapShared, file, 0);

    public static int Unmap(nint address, long bytes) => UnmapCore(address, (nint)bytes);

    /// <summary>One byte per page of the mapping; bit 0 is set when the page is in memory.</summary>
    public static unsafe int Residency(nint address, long bytes, Span<byte> pages)
    {
        fixed (byte* first = pages)
        {
            return InCore(address, (nint)bytes, first);
        }
    }

    /// <summary>Number of pages of a range in the page cache; -1 when the kernel cannot say (before 6.5, or not permitted).</summary>
    public static unsafe long CachedPages(SafeFileHandle file, long offset, long bytes)
    {
        ulong* range = stackalloc ulong[2] { (ulong)offset, (ulong)bytes };
        ulong* counts = stackalloc ulong[5];
        return SystemCall((nint)CacheStatCall, file, range, counts, 0) == 0 ? (long)counts[0] : -1;
    }

    /// <summary>
    /// From now on the calling thread, when it wakes, waits until a processor is free or its turn has come, instead of taking one from a thread
    /// that runs (SCHED_BATCH, which needs no permission). Failure changes nothing: musl's C library has no such call.
    /// </summary>
    public static void WaitForTurn()
    {
        int priority = 0;
        _ = SetScheduler(0, BatchPolicy, ref priority);
    }

    /// <summary>Starts writing a range of a file to disk without waiting for it.</summary>
    public static int StartWriting(SafeFileHandle file, long offset, long bytes) => SyncFileRange(file, offset, bytes, SyncWrite);

    /// <summary>Forces a folder's entries to disk, so that a rename survives a power cut, where the file system can.</summary>
    public static void FlushFolder(string path)
    {
        int descriptor = Open(path, OpenReadOnly | OpenCloseOnExec, 0);
        if (descriptor >= 0)
        {
            using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
            _ = FlushCore(folder);
        }
    }

    /// <summary>Identity of an open file or, with no file, of what a path names now; null on failure.</summary>
    public static unsafe FileIdentity? Identify(SafeFileHandle? file, string path)
    {
        const int currentDirectory = -100;
        const int emptyPath = 0x1000;
        const uint basicStats = 0x7ff;
        const int bufferBytes = 256;
        byte* stat = stackalloc byte[bufferBytes];
        bool added = false;
        try
        {
            file?.DangerousAddRef(ref added);
            int directory = file is null ? currentDirectory : (int)file.DangerousGetHandle();
            int result = StatX(directory, file is null ? path : "", file is null ? 0 : emptyPath, basicStats, stat);
            if (result != 0)
            {
                return null;
            }
        }
        finally
        {
            if (added)
            {
                file!.DangerousRelease();
            }
        }

        // struct statx is the same on all architectures: inode at 32, size at 40, mtime at 112 (seconds, then nanoseconds), device at 136.
        ulong inode = *(ulong*)(stat + 32);
        long size = *(long*)(stat + 40);
        long seconds = *(long*)(stat + 112);
        uint nanoseconds = *(uint*)(stat + 120);
        ulong device = *(ulong*)(stat + 136);
        return new FileIdentity(size, (seconds * 1_000_000_000) + nanoseconds, device, inode);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushCore(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(SafeFileHandle file, nint target, nint bytes, long offset);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static unsafe partial nint PReadV2(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    private static partial int FileAdvise(SafeFileHandle file, long offset, long bytes, int advice);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint bytes, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapCore(nint address, nint bytes);

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static unsafe partial int InCore(nint address, nint bytes, byte* pages);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint SystemCall(nint number, SafeFileHandle file, ulong* range, ulong* counts, nint flags);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, ref int priority);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long bytes, uint flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int directory, string path, int flags, uint mask, byte* result);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nint Base;
        public nint Length;
    }
}
