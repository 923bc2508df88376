using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Storage;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// The file being packed: a temporary one beside the target, of full length from the start, that takes the target's name only after
/// <see cref="Commit"/> has forced it to disk. Disposed before that, it is deleted. Locked while open, so that another process can tell a
/// packing in progress from what a killed one left behind.
/// </summary>
internal sealed class PackTarget : IDisposable
{
    private const string Suffix = ".packing";

    private readonly string path;
    private readonly string temporary;
    private readonly SafeFileHandle handle;
    private bool committed;

    public PackTarget(string path, long bytes)
    {
        this.path = path;
        string folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        RemoveAbandoned(path);
        CheckFreeSpace(path, folder, bytes);
        temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}{Suffix}";
        handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, bytes);
        try
        {
            // Where the file system could not reserve the space the length is set at least, for a sparse file.
            if (RandomAccess.GetLength(handle) != bytes)
            {
                RandomAccess.SetLength(handle, bytes);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes at a position; thread-safe.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

    /// <summary>Lets the disk begin on a range while packing goes on, so that the final flush is short.</summary>
    public void StartWriting(long offset, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = LinuxNative.StartWriting(handle, offset, bytes);
        }
    }

    /// <summary>Forces everything to disk, then gives the file its name, replacing an earlier one.</summary>
    public void Commit()
    {
        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        File.Move(temporary, path, overwrite: true);
        committed = true;
        if (OperatingSystem.IsLinux())
        {
            LinuxNative.FlushFolder(Path.GetDirectoryName(path)!);
        }
    }

    public void Dispose()
    {
        handle.Dispose();
        if (!committed)
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Deletes what killed packings of this target left; those still running hold their file locked.</summary>
    private static void RemoveAbandoned(string path)
    {
        string pattern = $"{Path.GetFileName(path)}.*{Suffix}";
        foreach (string left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, pattern))
        {
            try
            {
                File.OpenHandle(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(left);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // In use by another process: not ours to remove.
            }
        }
    }

    private static void CheckFreeSpace(string path, string folder, long bytes)
    {
        long free;
        try
        {
            free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Some network and container file systems do not say; reserving the space tells.
            return;
        }

        if (free < bytes)
        {
            throw new RunFailedException($"weight file '{path}' needs {bytes} bytes, '{folder}' has {free} free");
        }
    }
}
