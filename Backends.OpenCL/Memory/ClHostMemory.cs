using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Native memory with a buffer over it, for drivers that run on this machine's processors: storage writes where kernels read. Such a
/// driver works on the host's pages themselves (CL_MEM_USE_HOST_PTR), so that the queues' order is all the synchronisation needed. Pages
/// are not touched here and become resident as they are used.
/// </summary>
internal sealed unsafe class ClHostMemory : ClMemory
{
    private const int Alignment = 4096;

    private readonly nint buffer;
    private void* address;

    public ClHostMemory(ClContext context, MemoryTier tier, long bytes)
        : base(context, tier, bytes)
    {
        string what = $"{tier} memory";
        try
        {
            context.RequireAllocatable(bytes, what);
            long length = (Math.Max(bytes, 1) + Alignment - 1) / Alignment * Alignment;
            address = NativeMemory.AlignedAlloc((nuint)length, Alignment);
            context.Handles.Add(ClHandleKind.HostBlock);
            buffer = context.CreateBuffer(MemFlags.ReadWrite | MemFlags.UseHostPtr, length, address, what);
        }
        catch (Exception cause) when (cause is OutOfMemoryException or DeviceException)
        {
            FreeBlock();
            Abandon();
            throw cause as DeviceException ?? new DeviceException($"opencl: cannot allocate {bytes} bytes of {what}", cause);
        }
    }

    public override nint HostAddress => (nint)address;

    public override nint Buffer => buffer;

    protected override void ReadBytes(long offset, Span<byte> destination) =>
        new ReadOnlySpan<byte>((byte*)address + offset, destination.Length).CopyTo(destination);

    protected override void WriteBytes(long offset, ReadOnlySpan<byte> source) =>
        source.CopyTo(new Span<byte>((byte*)address + offset, source.Length));

    protected override void Release()
    {
        Context.ReleaseMemory(buffer);
        FreeBlock();
    }

    private void FreeBlock()
    {
        if (address is not null)
        {
            NativeMemory.AlignedFree(address);
            address = null;
            Context.Handles.Remove(ClHandleKind.HostBlock);
        }
    }
}
