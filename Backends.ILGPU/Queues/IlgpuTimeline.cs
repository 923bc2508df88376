using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>A timeline whose values streams of the accelerator signal: streams wait for each other's markers.</summary>
internal sealed class IlgpuTimeline(string name) : SubmittedTimeline<ICommandStream, CommandMarker>(name)
{
    /// <summary>
    /// Lets a stream wait for the first command in the driver's hands whose signal reaches a value; on its own stream the order is enough. False
    /// when there is no such command yet.
    /// </summary>
    /// <param name="value">Of this timeline.</param>
    /// <param name="waiter">The stream that shall wait.</param>
    /// <param name="what">The command that waits, for errors.</param>
    public bool TryWait(ulong value, ICommandStream waiter, string what)
    {
        // Inside the lock, so that the marker cannot be withdrawn and used for something else meanwhile.
        lock (Submitted)
        {
            if (!TryFind(value, out ICommandStream stream, out CommandMarker marker))
            {
                return false;
            }

            if (stream != waiter)
            {
                waiter.WaitFor(marker, what);
            }

            return true;
        }
    }
}
