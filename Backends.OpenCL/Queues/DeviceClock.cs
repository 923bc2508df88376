using System.Diagnostics;
using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// The device's clock: time since it opened by the host's stopwatch, and the driver's profiling timestamps mapped onto it. A command
/// cannot have started before it was handed over nor ended after it was seen complete; each command's two bounds correct the mapping when
/// the two clocks have drifted apart. Thread-safe.
/// </summary>
internal sealed class DeviceClock
{
    private readonly object gate = new();
    private readonly long opened = Stopwatch.GetTimestamp();
    private long offset;
    private bool calibrated;

    public DeviceTime Now => new((long)Stopwatch.GetElapsedTime(opened).TotalNanoseconds * 1000);

    /// <summary>Says that a command ran within two moments of the host; the narrower they are, the better the mapping.</summary>
    /// <param name="before">Before it was enqueued.</param>
    /// <param name="after">After it was seen complete.</param>
    /// <param name="start">Profiling timestamp in nanoseconds.</param>
    /// <param name="end">Profiling timestamp in nanoseconds.</param>
    public void Calibrate(DeviceTime before, DeviceTime after, ulong start, ulong end)
    {
        long earliest = (before.Picoseconds / 1000) - (long)start;
        long latest = (after.Picoseconds / 1000) - (long)end;
        lock (gate)
        {
            // Not their sum: drivers count from days like 1970.
            offset = earliest + ((latest - earliest) / 2);
            calibrated = true;
        }
    }

    /// <summary>Maps a command's profiling timestamps, after correcting the mapping by its bounds.</summary>
    public (DeviceTime Start, DeviceTime End) Map(DeviceTime enqueued, DeviceTime seen, ulong start, ulong end)
    {
        if (!calibrated)
        {
            Calibrate(enqueued, seen, start, end);
        }

        long earliest = (enqueued.Picoseconds / 1000) - (long)start;
        long latest = (seen.Picoseconds / 1000) - (long)end;
        lock (gate)
        {
            offset = Math.Min(Math.Max(offset, earliest), latest);
            return (new DeviceTime(((long)start + offset) * 1000), new DeviceTime(((long)end + offset) * 1000));
        }
    }
}
