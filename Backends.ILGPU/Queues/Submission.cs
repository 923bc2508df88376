using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>One command on its way through a queue: from the caller to the driver to completion.</summary>
internal sealed class Submission(DispatchCommand? dispatch, CopyCommand? copy, TimePoint[] waits, TimePoint signal, DeviceTime issued)
{
    public DispatchCommand? Dispatch { get; } = dispatch;

    public CopyCommand? Copy { get; } = copy;

    public TimePoint[] Waits { get; } = waits;

    public TimePoint Signal { get; } = signal;

    /// <summary>When the caller handed it over.</summary>
    public DeviceTime Issued { get; } = issued;

    public string Name => Dispatch?.Kernel.Desc.Name ?? Copy!.Label;

    /// <summary>Where it begins in its stream; only while a trace is kept.</summary>
    public CommandMarker? Start { get; set; }

    /// <summary>Where it ends in its stream; null when it did not get there.</summary>
    public CommandMarker? End { get; set; }

    /// <summary>Why it did not run, or ran badly.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The last timeline that it waited for, here or on the device; null when all were reached before it came.</summary>
    public string? WaitedFor { get; set; }
}
