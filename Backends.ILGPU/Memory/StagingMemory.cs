using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Native;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>
/// The host's memory on a page boundary, into which storage reads: page-locked on CUDA, so that copies run at the link's speed and beside
/// kernels, plain elsewhere.
/// </summary>
internal sealed unsafe class StagingMemory : IDeviceMemory
{
    private const int PageBytes = 4096;

    private readonly CudaDriver? driver;
    private readonly Action bind;
    private readonly Action onDispose;
    private nint allocation;
    private nint address;

    /// <param name="bytes">Size.</param>
    /// <param name="driver">Locks the pages; null for plain memory.</param>
    /// <param name="bind">Makes the accelerator current on the calling thread.</param>
    /// <param name="onDispose">Told when it is freed.</param>
    public StagingMemory(long bytes, CudaDriver? driver, Action bind, Action onDispose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        this.driver = driver;
        this.bind = bind;
        this.onDispose = onDispose;
        if (driver is not null)
        {
            bind();

            // The driver puts small allocations into one page.
            allocation = driver.AllocateHost(bytes + PageBytes - 1);
            address = (allocation + PageBytes - 1) & ~(nint)(PageBytes - 1);
            return;
        }

        try
        {
            address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), PageBytes);
        }
        catch (OutOfMemoryException cause)
        {
            throw new DeviceException($"ilgpu: cannot allocate {bytes} bytes of {Tier} memory", cause);
        }
    }

    public MemoryTier Tier => MemoryTier.Unified;

    public long Bytes { get; }

    public nint HostAddress => address;

    public void Read(long offset, Span<byte> destination) => Span(offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Span(offset, source.Length));

    public void Dispose()
    {
        if (address == 0)
        {
            return;
        }

        if (driver is null)
        {
            NativeMemory.AlignedFree((void*)address);
        }
        else
        {
            LostDevice.Free(bind);
            driver.FreeHost(allocation);
        }

        address = 0;
        onDispose();
    }

    private Span<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(address == 0, this);
        MemoryBounds.Check(offset, length, Bytes);
        return new Span<byte>((byte*)address + offset, length);
    }
}
