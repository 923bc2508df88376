using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

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

    /// <summary>When it went to the driver.</summary>
    public DeviceTime Enqueued { get; set; }

    /// <summary>Event of its last part; 0 until it is in the driver's hands.</summary>
    public nint Event { get; set; }

    /// <summary>Event of its first part, where that is another one and a trace is kept; else 0.</summary>
    public nint FirstEvent { get; set; }

    /// <summary>Profiling timestamp in nanoseconds; null when it did not run or the driver does not know.</summary>
    public ulong? Started { get; set; }

    /// <summary>Profiling timestamp in nanoseconds; null when it did not run or the driver does not know.</summary>
    public ulong? Ended { get; set; }

    /// <summary>How long it ran on the device.</summary>
    public DeviceTime? Spent => Ended >= Started ? new DeviceTime((long)(Ended.Value - Started!.Value) * 1000) : null;

    /// <summary>Why it did not run, or ran badly.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The last timeline that the submission thread waited for, and until when.</summary>
    public (string Name, DeviceTime Until)? HeldBack { get; set; }

    /// <summary>Events on other queues that it waits for in the driver, with references; only while a trace is kept.</summary>
    public List<(string Name, nint Event)>? Awaited { get; set; }

    /// <summary>What the kernel wrote to the fault record; empty when it cannot fail.</summary>
    public int[] FaultRecord { get; set; } = [];
}
