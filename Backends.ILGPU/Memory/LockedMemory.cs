using FlashMem.Abstractions.Devices;
using FlashMem.Backends.ILGPU.Native;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>The host's memory that somebody else owns, page-locked on CUDA for copies to the device; nothing writes to it.</summary>
internal sealed unsafe class LockedMemory : IDeviceMemory
{
    private readonly CudaDriver? driver;
    private readonly Action bind;
    private readonly Action onDispose;
    private nint address;

    /// <param name="address">On a page boundary; mapped for as long as this lives.</param>
    /// <param name="bytes">Whole pages.</param>
    /// <param name="driver">Locks the pages; null where copies need none locked.</param>
    /// <param name="bind">Makes the accelerator current on the calling thread.</param>
    /// <param name="onDispose">Told when it is given back.</param>
    public LockedMemory(nint address, long bytes, CudaDriver? driver, Action bind, Action onDispose)
    {
        this.driver = driver;
        this.bind = bind;
        this.onDispose = onDispose;
        Bytes = bytes;
        bind();
        driver?.LockHost(address, bytes);
        this.address = address;
    }

    public MemoryTier Tier => MemoryTier.Unified;

    public long Bytes { get; }

    public nint HostAddress => address;

    public void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(address == 0, this);
        MemoryBounds.Check(offset, destination.Length, Bytes);
        new ReadOnlySpan<byte>((byte*)address + offset, destination.Length).CopyTo(destination);
    }

    public void Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException("weights in a file are not written to");

    public void Dispose()
    {
        if (address == 0)
        {
            return;
        }

        LostDevice.Free(bind);
        driver?.UnlockHost(address);
        address = 0;
        onDispose();
    }
}
