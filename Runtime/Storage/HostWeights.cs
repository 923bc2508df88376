using System.IO.MemoryMappedFiles;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// The chunks of a weight file mapped into memory and page-locked, from which a device copies without anyone reading: their pages are the
/// page cache's and cannot be dropped while this lives. The file must not shrink meanwhile.
/// </summary>
internal sealed class HostWeights : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    private HostWeights(MemoryMappedFile file, MemoryMappedViewAccessor view, LockedFile locked)
    {
        this.file = file;
        this.view = view;
        Locked = locked;
    }

    /// <summary>From the first chunk's first byte to the last one's last.</summary>
    public LockedFile Locked { get; }

    /// <summary>
    /// Maps the file that was opened before and locks what lies between its first and its last chunk; brings in what is not in memory yet.
    /// </summary>
    /// <param name="weights">The file.</param>
    /// <param name="layout">Its chunks, or those of the part that is used; at least one.</param>
    /// <param name="device">Copies from it.</param>
    /// <exception cref="RunFailedException">The file cannot be mapped, or another one took its place.</exception>
    /// <exception cref="DeviceException">Its pages cannot be locked.</exception>
    public static HostWeights Open(WeightFile weights, WeightFileLayout layout, IDevice device)
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
            long start = layout.Chunks.Min(chunk => chunk.FileOffset);
            long end = layout.Chunks.Max(chunk => chunk.FileOffset + chunk.SlotBytes);
            return new HostWeights(file, view, Lock(view, weights.DataOffset + start, end - start, device));
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
        Locked.Memory.Dispose();
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    /// <summary>Keeps the pointer of the view, unless locking fails.</summary>
    private static unsafe LockedFile Lock(MemoryMappedViewAccessor view, long offset, long bytes, IDevice device)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            return new LockedFile(device.LockHostMemory((nint)pointer + (nint)offset, bytes), offset);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }
}
