using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>A timeline whose values queues of the driver signal; it is an owner of the events that are published.</summary>
internal sealed class OpenClTimeline(string name) : SubmittedTimeline<nint, ClEvent>(name)
{
    /// <summary>
    /// The event of the first command in the driver's hands whose signal reaches a value. The caller becomes an owner, unless the command is
    /// on its own queue, whose order is enough: then there is no event.
    /// </summary>
    public bool TryGetEvent(ulong value, nint queue, out ClEvent? reached)
    {
        lock (Submitted)
        {
            bool found = TryFind(value, out nint other, out ClEvent marker);
            reached = found && other != queue ? marker.Share() : null;
            return found;
        }
    }
}
