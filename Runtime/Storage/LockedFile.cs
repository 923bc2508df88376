using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Storage;

/// <summary>A part of a file in page-locked memory, found by offsets in the file.</summary>
/// <param name="Memory">Holds the part, from its first byte on.</param>
/// <param name="FileOffset">Of the part's first byte.</param>
internal readonly record struct LockedFile(IDeviceMemory Memory, long FileOffset)
{
    public MemoryRange At(long fileOffset, long bytes) => new(Memory, fileOffset - FileOffset, bytes);
}
