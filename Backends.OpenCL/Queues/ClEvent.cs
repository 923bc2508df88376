using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// An event of the driver with owners counted on this side: its driver takes a lock for every reference counted there, for which the
/// submission threads then wait. Released when the last owner lets go. Thread-safe.
/// </summary>
/// <param name="context">The device's context.</param>
/// <param name="handle">The driver's event with one reference, which passes to this object; its first owner is the caller.</param>
internal sealed class ClEvent(ClContext context, nint handle)
{
    private int owners = 1;

    public nint Handle { get; } = handle;

    /// <summary>One more owner.</summary>
    public ClEvent Share()
    {
        Interlocked.Increment(ref owners);
        return this;
    }

    /// <summary>One owner less.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref owners) == 0)
        {
            context.ReleaseEvent(Handle);
        }
    }

    /// <summary>A profiling timestamp in nanoseconds; null where the driver has none: some have none for commands that move nothing.</summary>
    public unsafe ulong? Time(ProfilingInfo what)
    {
        ulong time = 0;
        return context.Api.GetEventProfilingInfo(Handle, what, sizeof(ulong), &time, null) == 0 ? time : null;
    }
}
