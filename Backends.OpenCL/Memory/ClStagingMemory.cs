using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Pinned host memory from which a device fetches at full speed: a buffer of the host's that stays mapped for its whole life. Copies
/// use the mapping's address. What kernels see of a buffer that is mapped for writing the standard leaves open, so it is no operand; only
/// moves inside kernels read it, on drivers where <see cref="Moves.ClMoveProbe"/> has seen that they find what the host wrote.
/// </summary>
internal sealed unsafe class ClStagingMemory : ClMemory
{
    private const int Alignment = 4096;

    private readonly nint buffer;
    private readonly byte* mapping;
    private readonly byte* address;

    public ClStagingMemory(ClContext context, long bytes)
        : base(context, MemoryTier.Unified, bytes)
    {
        // The mapping is page-aligned with every driver we know; the extra page makes that a fact with the others.
        long length = Math.Min(bytes, long.MaxValue - (2 * Alignment)) + (2 * Alignment);
        try
        {
            context.RequireAllocatable(bytes, "Unified memory");
            buffer = context.CreateHostBuffer(length, "Unified memory");
        }
        catch (DeviceException)
        {
            Abandon();
            throw;
        }

        int status;
        mapping = (byte*)context.Api.EnqueueMapBuffer(
            context.HostQueue, buffer, true, MapFlags.Read | MapFlags.Write, 0, (nuint)length, 0, null, null, &status);
        if (status != 0)
        {
            context.ReleaseMemory(buffer);
            Abandon();
            throw ClStatus.Error(status, "clEnqueueMapBuffer", $"{bytes} bytes of Unified memory");
        }

        address = (byte*)(((nuint)mapping + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public override nint HostAddress => (nint)address;

    public override nint Buffer => throw NoBuffer("it is staging memory that stays mapped for the host");

    /// <summary>Where kernels that carry moves find a byte: the buffer, and the byte's offset in it.</summary>
    public (nint Buffer, long Offset) Locate(long offset) => (buffer, address - mapping + offset);

    protected override void ReadBytes(long offset, Span<byte> destination) =>
        new ReadOnlySpan<byte>(address + offset, destination.Length).CopyTo(destination);

    protected override void WriteBytes(long offset, ReadOnlySpan<byte> source) =>
        source.CopyTo(new Span<byte>(address + offset, source.Length));

    protected override void Release()
    {
        ClStatus.Check(
            Context.Api.EnqueueUnmapMemObject(Context.HostQueue, buffer, mapping, 0, null, null), "clEnqueueUnmapMemObject");
        ClStatus.Check(Context.Api.Finish(Context.HostQueue), "clFinish");
        Context.ReleaseMemory(buffer);
    }
}
