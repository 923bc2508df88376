namespace FlashMem.Abstractions.Devices;

/// <summary>
/// An allocation on a device. Owned by whoever called <see cref="IDevice.Allocate"/>; disposing frees it, after the queues that use it
/// are idle.
/// </summary>
public interface IDeviceMemory : IDisposable
{
    MemoryTier Tier { get; }

    long Bytes { get; }

    /// <summary>Address for the host, aligned to 4096 bytes; 0 when the memory is not host-visible.</summary>
    nint HostAddress { get; }

    /// <summary>Copies bytes out to the host; blocks until done. The caller has waited for the writers.</summary>
    void Read(long offset, Span<byte> destination);

    /// <summary>Copies bytes in from the host; blocks until done. The caller has waited for the readers.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);
}
