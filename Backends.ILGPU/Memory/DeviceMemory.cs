using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Native;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>
/// A buffer on the accelerator: activations, or weights in the panel layout, for ILGPU has no images. Kernels see it as 32-bit words, or as
/// 16 bytes at a time.
/// </summary>
internal sealed class DeviceMemory : IDeviceMemory
{
    private readonly Accelerator accelerator;
    private readonly Lazy<ReadBounce>? bounce;
    private readonly Action onDispose;
    private MemoryBuffer1D<Words4, Stride1D.Dense>? buffer;

    /// <param name="accelerator">Where it lies.</param>
    /// <param name="tier">For reports.</param>
    /// <param name="bytes">Size; the buffer is rounded up to 16 bytes.</param>
    /// <param name="bounce">Reads large results; null for the accelerator itself.</param>
    /// <param name="onDispose">Told when it is freed.</param>
    public unsafe DeviceMemory(Accelerator accelerator, MemoryTier tier, long bytes, Lazy<ReadBounce>? bounce, Action onDispose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        this.accelerator = accelerator;
        this.bounce = bounce;
        this.onDispose = onDispose;
        Tier = tier;
        Bytes = bytes;
        try
        {
            buffer = accelerator.Allocate1D<Words4>(Math.Max(1, (bytes + sizeof(Words4) - 1) / sizeof(Words4)));
        }
        catch (Exception cause) when (cause is AcceleratorException or OutOfMemoryException or OverflowException or ArgumentException)
        {
            throw new DeviceException($"ilgpu: cannot allocate {bytes} bytes of {tier} memory on {accelerator.Name}: {cause.Message}", cause);
        }
    }

    public MemoryTier Tier { get; }

    public long Bytes { get; }

    public nint HostAddress => 0;

    /// <summary>The driver's handle of the accelerator; on CUDA the context.</summary>
    public nint Context => accelerator.NativePtr;

    /// <summary>The driver's address.</summary>
    public nint Address => Buffer.NativePtr;

    private MemoryBuffer1D<Words4, Stride1D.Dense> Buffer => buffer ?? throw new ObjectDisposedException(nameof(DeviceMemory));

    /// <summary>The memory from a byte offset, a multiple of 4, as kernels see it.</summary>
    public ArrayView<uint> Words(long offset)
    {
        ArrayView<uint> all = Buffer.View.AsContiguous().Cast<uint>();
        return all.SubView(offset / sizeof(uint), all.Length - (offset / sizeof(uint)));
    }

    /// <summary>The whole memory, 16 bytes at a time.</summary>
    public ArrayView<Words4> Blocks() => Buffer.View.AsContiguous();

    public unsafe void Read(long offset, Span<byte> destination)
    {
        MemoryBounds.Check(offset, destination.Length, Bytes);
        if (bounce is not null && destination.Length >= ResultFetch.WorthwhileBytes)
        {
            bounce.Value.Read(Address + (nint)offset, destination);
            return;
        }

        fixed (byte* pinned = destination)
        {
            CopyTo(accelerator.DefaultStream, offset, destination);
            accelerator.DefaultStream.Synchronize();
        }
    }

    public unsafe void Write(long offset, ReadOnlySpan<byte> source)
    {
        MemoryBounds.Check(offset, source.Length, Bytes);
        fixed (byte* pinned = source)
        {
            CopyFrom(accelerator.DefaultStream, offset, source);
            accelerator.DefaultStream.Synchronize();
        }
    }

    /// <summary>Gives a stream a copy to the host; the bytes must stay where they are until it is complete.</summary>
    public void CopyTo(AcceleratorStream stream, long offset, Span<byte> destination)
    {
        if (!destination.IsEmpty)
        {
            View(offset, destination.Length).CopyToCPUUnsafeAsync(stream, ref destination[0], destination.Length);
        }
    }

    /// <summary>Gives a stream a copy from the host; the bytes must stay where they are until it is complete.</summary>
    public void CopyFrom(AcceleratorStream stream, long offset, ReadOnlySpan<byte> source)
    {
        if (!source.IsEmpty)
        {
            ref byte first = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(source);
            View(offset, source.Length).CopyFromCPUUnsafeAsync(stream, ref first, source.Length);
        }
    }

    /// <summary>Gives a stream a copy within the accelerator.</summary>
    public void CopyTo(AcceleratorStream stream, long offset, DeviceMemory target, long targetOffset, long bytes) =>
        View(offset, bytes).CopyTo(stream, target.View(targetOffset, bytes));

    public void Dispose()
    {
        if (buffer is null)
        {
            return;
        }

        LostDevice.Free(buffer.Dispose);
        buffer = null;
        onDispose();
    }

    private ArrayView<byte> View(long offset, long bytes) => Buffer.View.AsContiguous().Cast<byte>().SubView(offset, bytes);
}
