using FlashMem.Abstractions.Time;

namespace FlashMem.Abstractions.Tracing;

/// <summary>The lane of a trace on which something happened.</summary>
public enum TraceLane
{
    Compute,
    Transfer,
    Storage,
}

/// <summary>One span on a lane of a device's timeline.</summary>
/// <param name="Lane">What was busy.</param>
/// <param name="LaneIndex">Which of several equal workers of the lane (I/O threads); 0 for queues.</param>
/// <param name="Name">Kernel, or weight and chunk.</param>
/// <param name="Ready">When the command reached the head of its lane.</param>
/// <param name="Start">When it ran.</param>
/// <param name="End">When it was complete.</param>
/// <param name="Bytes">Bytes moved; 0 for kernels.</param>
/// <param name="WaitedFor">The timeline that held it between Ready and Start; null when nothing did.</param>
public sealed record TraceEvent(
    TraceLane Lane, int LaneIndex, string Name, DeviceTime Ready, DeviceTime Start, DeviceTime End, long Bytes, string? WaitedFor)
{
    public DeviceTime Duration => End - Start;
}

/// <summary>Receives trace events from queues and storage; implementations are thread-safe.</summary>
public interface ITraceSink
{
    void Add(TraceEvent traceEvent);
}
