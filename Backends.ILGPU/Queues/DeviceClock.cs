using System.Diagnostics;
using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>Time since the device opened, by the host's stopwatch. Thread-safe.</summary>
internal sealed class DeviceClock
{
    private readonly long opened = Stopwatch.GetTimestamp();

    public DeviceTime Now => new((long)Stopwatch.GetElapsedTime(opened).TotalNanoseconds * 1000);
}
