using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Pinned host memory from which a device fetches at full speed: a buffer of the host's that stays mapped for its whole life. Copies
/// use the mapping's address. What kernels see of a buffer that is mapped for writing the standard leaves open, so it is no operand; only
/// moves inside kernels read it, on drivers where <see cref="Moves.ClMoveProbe"/> has seen that they find what the host wrote.
/// </summary>
internal sealed unsafe class ClStagingMemory : ClMemory
{
    private const int Alignment = 4096;

    private readonly ClMappedBuffer mapped;
    private readonly byte* address;

    public ClStagingMemory(ClContext context, long bytes)
        : base(context, MemoryTier.Unified, bytes)
    {
        // The mapping is page-aligned with every driver we know; the extra page makes that a fact with the others.
        long length = Math.Min(bytes, long.MaxValue - (2 * Alignment)) + (2 * Alignment);
        try
        {
            context.RequireAllocatable(bytes, "Unified memory");
            mapped = new ClMappedBuffer(context, length, "Unified memory");
        }
        catch (DeviceException)
        {
            Abandon();
            throw;
        }

        address = (byte*)(((nuint)mapped.Address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public override nint HostAddress => (nint)address;

    public override nint Buffer => throw NoBuffer("it is staging memory that stays mapped for the host");

    /// <summary>Where kernels that carry moves find a byte: the buffer, and the byte's offset in it.</summary>
    public (nint Buffer, long Offset) Locate(long offset) => (mapped.Handle, address - mapped.Address + offset);

    protected override void ReadBytes(long offset, Span<byte> destination) =>
        new ReadOnlySpan<byte>(address + offset, destination.Length).CopyTo(destination);

    protected override void WriteBytes(long offset, ReadOnlySpan<byte> source) =>
        source.CopyTo(new Span<byte>(address + offset, source.Length));

    protected override void Release() => mapped.Dispose();
}
