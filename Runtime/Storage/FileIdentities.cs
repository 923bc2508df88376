using FlashMem.Abstractions.Errors;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Storage;

/// <summary>Takes the identity of files.</summary>
internal static class FileIdentities
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Identity of an open file.</summary>
    public static FileIdentity Of(SafeFileHandle file, string path) =>
        OperatingSystem.IsLinux() && LinuxNative.Identify(file, path) is { } identity
            ? identity
            : Make(RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    /// <summary>Identity of what a path names now; null when there is no file.</summary>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxNative.Identify(null, path);
        }

        var info = new FileInfo(path);
        return info.Exists ? Make(info.Length, info.LastWriteTimeUtc) : null;
    }

    /// <summary>Throws <see cref="RunFailedException"/> when a weight file is not as it was when it was opened.</summary>
    public static void RequireUnchanged(string path, FileIdentity opened, FileIdentity now)
    {
        if (opened.DifferenceFrom(now) is { } difference)
        {
            throw new RunFailedException($"weight file '{path}' changed since it was opened: {difference}");
        }
    }

    private static FileIdentity Make(long bytes, DateTime modified) =>
        new(bytes, (modified - DateTime.UnixEpoch).Ticks * NanosecondsPerTick, 0, 0);
}
