using System.IO.MemoryMappedFiles;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// A weight file mapped into memory and page-locked, from which a device copies without anyone reading: its pages are the page cache's and
/// cannot be dropped while this lives. The file must not shrink meanwhile.
/// </summary>
internal sealed class HostWeights : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly IDeviceMemory locked;

    private HostWeights(MemoryMappedFile file, MemoryMappedViewAccessor view, IDeviceMemory locked)
    {
        this.file = file;
        this.view = view;
        this.locked = locked;
    }

    /// <summary>The whole file.</summary>
    public MemoryRange File => new(locked, 0, locked.Bytes);

    /// <summary>Maps the file that was opened before and locks it; brings in what is not in memory yet.</summary>
    /// <exception cref="RunFailedException">The file cannot be mapped, or another one took its place.</exception>
    /// <exception cref="DeviceException">Its pages cannot be locked.</exception>
    public static HostWeights Open(WeightFile weights, IDevice device)
    {
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            using var stream = new FileStream(weights.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            FileIdentities.RequireUnchanged(weights.Path, weights.Identity, FileIdentities.Of(stream.SafeFileHandle, weights.Path));
            file = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            return new HostWeights(file, view, Lock(view, Alignment.Up(weights.FileBytes, Alignment.Block), device));
        }
        catch (Exception error)
        {
            view?.Dispose();
            file?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new RunFailedException($"cannot map weight file '{weights.Path}': {error.Message}", error);
            }

            throw;
        }
    }

    public void Dispose()
    {
        locked.Dispose();
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    /// <summary>Keeps the pointer of the view, unless locking fails.</summary>
    private static unsafe IDeviceMemory Lock(MemoryMappedViewAccessor view, long bytes, IDevice device)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            return device.LockHostMemory((nint)pointer, bytes);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }
}
