using FlashMem.Abstractions.Time;

namespace FlashMem.Abstractions.Tracing;

/// <summary>The lane of a trace on which something happened.</summary>
public enum TraceLane
{
    Compute,
    Transfer,
    Storage,

    /// <summary>Some of the shader cores, while they work for a kernel; only simulated devices know.</summary>
    CoreGroup,

    /// <summary>A request of a queue of models, from before its inputs are written to after its outputs are read.</summary>
    Request,
}

/// <summary>One span on a lane of a device's timeline.</summary>
/// <param name="Lane">What was busy.</param>
/// <param name="LaneIndex">Which of several equal workers of the lane (I/O threads, groups of cores); 0 for queues.</param>
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

/// <summary>The value of a counter from a moment on, until its next sample.</summary>
/// <param name="Time">When it changed.</param>
/// <param name="Counter">Name of the counter, with its unit.</param>
/// <param name="Series">Which part of it, for example who uses a bandwidth.</param>
/// <param name="Value">In the unit that the name says.</param>
public readonly record struct TraceSample(DeviceTime Time, string Counter, string Series, double Value);

/// <summary>Receives trace events from queues and storage; implementations are thread-safe.</summary>
public interface ITraceSink
{
    void Add(TraceEvent traceEvent);

    /// <summary>Takes a counter's sample; only simulated devices have any. Ignored by default.</summary>
    void Add(TraceSample sample)
    {
    }
}
