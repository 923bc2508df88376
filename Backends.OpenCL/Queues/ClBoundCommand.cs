using FlashMem.Abstractions.Time;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>What a dispatch command launches, worked out once because runs repeat their commands, and how long it took so far.</summary>
internal sealed class ClBoundCommand(ClBoundLaunch[] launches)
{
    private long picoseconds = long.MaxValue;

    public ClBoundLaunch[] Launches { get; } = launches;

    /// <summary>Some launch may write to the fault record.</summary>
    public bool IsFallible { get; } = launches.Any(launch => launch.IsFallible);

    /// <summary>The driver is asked to do so many things.</summary>
    public int Parts { get; } = launches.Count(launch => !launch.IsEmpty);

    /// <summary>Times it was handed to the driver.</summary>
    public int Uses { get; set; }

    /// <summary>Its shortest run that had an event of its own; null when none was seen. Read and written by different threads.</summary>
    public DeviceTime? Shortest => Interlocked.Read(ref picoseconds) is < long.MaxValue and var time ? new DeviceTime(time) : null;

    /// <summary>One more run.</summary>
    public void Took(DeviceTime time)
    {
        if (time.Picoseconds < Interlocked.Read(ref picoseconds))
        {
            Interlocked.Exchange(ref picoseconds, time.Picoseconds);
        }
    }
}
