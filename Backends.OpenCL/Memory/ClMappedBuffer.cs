using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>A buffer of the host's that stays mapped until it is disposed: pinned memory that transfers reach at full speed.</summary>
internal sealed unsafe class ClMappedBuffer : IDisposable
{
    private readonly ClContext context;

    /// <param name="context">The device's context.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="what">What it is for, for errors.</param>
    public ClMappedBuffer(ClContext context, long bytes, string what)
    {
        this.context = context;
        Handle = context.CreateHostBuffer(bytes, what);
        int status;
        Address = (byte*)context.Api.EnqueueMapBuffer(
            context.HostQueue, Handle, true, MapFlags.Read | MapFlags.Write, 0, (nuint)bytes, 0, null, null, &status);
        if (status != 0)
        {
            context.ReleaseMemory(Handle);
            throw ClStatus.Error(status, "clEnqueueMapBuffer", $"{bytes} bytes of {what}");
        }
    }

    public nint Handle { get; }

    /// <summary>Where the host finds it.</summary>
    public byte* Address { get; }

    public void Dispose()
    {
        ClStatus.Check(
            context.Api.EnqueueUnmapMemObject(context.HostQueue, Handle, Address, 0, null, null), "clEnqueueUnmapMemObject");
        ClStatus.Check(context.Api.Finish(context.HostQueue), "clFinish");
        context.ReleaseMemory(Handle);
    }
}
