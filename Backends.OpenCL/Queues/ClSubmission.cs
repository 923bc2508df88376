using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>One command on its way through a queue: from the caller to the driver to completion.</summary>
internal sealed class ClSubmission(DispatchCommand? dispatch, CopyCommand? copy, TimePoint[] waits, TimePoint signal, DeviceTime issued)
{
    public DispatchCommand? Dispatch { get; } = dispatch;

    public CopyCommand? Copy { get; } = copy;

    public TimePoint[] Waits { get; } = waits;

    public TimePoint Signal { get; } = signal;

    /// <summary>When the caller handed it over.</summary>
    public DeviceTime Issued { get; } = issued;

    public string Name => Dispatch?.Kernel.Desc.Name ?? Copy!.Label;

    /// <summary>What it launches; null for a copy.</summary>
    public ClBoundCommand? Bound { get; set; }

    /// <summary>When it went to the driver.</summary>
    public DeviceTime Enqueued { get; set; }

    /// <summary>It has no event of its own: a later command's, or a marker behind it, says that it is complete.</summary>
    public bool SharesEvent { get; set; }

    /// <summary>Event of its last part or of the marker behind it; null until it is in the driver's hands, and when a later command has it.</summary>
    public ClEvent? Event { get; set; }

    /// <summary>Event of its first part, where that is another one and a trace is kept; else null.</summary>
    public ClEvent? FirstEvent { get; set; }

    /// <summary>Why it did not run, or ran badly.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The last timeline that the submission thread waited for, and until when.</summary>
    public (string Name, DeviceTime Until)? HeldBack { get; set; }

    /// <summary>Events on other queues that it waits for in the driver, of which it is an owner; only while a trace is kept.</summary>
    public List<(string Name, ClEvent Event)>? Awaited { get; set; }

    /// <summary>What the kernel wrote to the fault record; empty when it cannot fail.</summary>
    public int[] FaultRecord { get; set; } = [];

    /// <summary>
    /// When its events say that it ran, by the driver's clock in nanoseconds; null where the driver has no such times or they make no sense.
    /// Only with an event.
    /// </summary>
    public (ulong Started, ulong Ended)? Times() =>
        (FirstEvent ?? Event!).Time(ProfilingInfo.Start) is { } started && Event!.Time(ProfilingInfo.End) is { } ended && started <= ended
            ? (started, ended)
            : null;

    /// <summary>Lets go of its events.</summary>
    public void ReleaseEvents()
    {
        Event?.Release();
        FirstEvent?.Release();
        foreach ((_, ClEvent awaited) in Awaited ?? [])
        {
            awaited.Release();
        }
    }
}
