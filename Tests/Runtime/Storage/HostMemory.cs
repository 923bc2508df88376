using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Tests.Runtime.Storage;

/// <summary>Host-visible memory aligned as direct I/O wants it.</summary>
internal sealed unsafe class HostMemory : IDeviceMemory
{
    private void* memory;

    public HostMemory(long bytes)
    {
        Bytes = bytes;
        memory = NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        new Span<byte>(memory, (int)bytes).Fill(0xcd);
    }

    public MemoryTier Tier => MemoryTier.Unified;

    public long Bytes { get; }

    public nint HostAddress => (nint)memory;

    public ReadOnlySpan<byte> Span(long offset, int bytes) => new((byte*)memory + offset, bytes);

    public MemoryRange Range(long offset, long bytes) => new(this, offset, bytes);

    public void Read(long offset, Span<byte> destination) => Span(offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>((byte*)memory + offset, source.Length));

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
