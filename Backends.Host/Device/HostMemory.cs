using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Backends.Host;

/// <summary>
/// Page-aligned native memory. It is not touched here, so pages become resident only as they are used.
/// </summary>
internal sealed unsafe class HostMemory : IDeviceMemory
{
    private const long SmallAlignment = 4096;

    private readonly Action<HostMemory> onDispose;
    private void* address;

    public HostMemory(MemoryTier tier, long bytes, Action<HostMemory> onDispose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Tier = tier;
        Bytes = bytes;
        this.onDispose = onDispose;
        try
        {
            long alignment = bytes >= HugePages.Bytes ? HugePages.Bytes : SmallAlignment;
            address = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), (nuint)alignment);
            HugePages.Advise(address, bytes);
        }
        catch (OutOfMemoryException cause)
        {
            throw new DeviceException($"host: cannot allocate {bytes} bytes of {tier} memory", cause);
        }
    }

    public MemoryTier Tier { get; }

    public long Bytes { get; }

    public nint HostAddress => (nint)address;

    public void Read(long offset, Span<byte> destination) => Span(offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Span(offset, source.Length));

    public void Dispose()
    {
        if (address is null)
        {
            return;
        }

        NativeMemory.AlignedFree(address);
        address = null;
        onDispose(this);
    }

    private Span<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(address is null, this);
        return offset >= 0 && offset <= Bytes - length
            ? new Span<byte>((byte*)address + offset, length)
            : throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} of an allocation of {Bytes}");
    }
}
