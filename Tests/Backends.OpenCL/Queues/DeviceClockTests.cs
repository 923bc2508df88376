using FlashMem.Abstractions.Time;
using FlashMem.Backends.OpenCL.Queues;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Queues;

/// <summary>Profiling timestamps on the host's clock.</summary>
public sealed class DeviceClockTests
{
    private static readonly DeviceTime Microsecond = DeviceTime.FromNanoseconds(1000);

    [Fact]
    public void A_calibrated_clock_maps_by_the_middle_of_the_bounds()
    {
        var clock = new DeviceClock();
        clock.Calibrate(Times(100), Times(120), 5_000_000_000_000_005_000, 5_000_000_000_000_009_000);

        (DeviceTime start, DeviceTime end) = clock.Map(Times(0), Times(1000), 5_000_000_000_000_006_000, 5_000_000_000_000_106_000);

        Assert.Equal(100 * Microsecond.Picoseconds, (end - start).Picoseconds);
        Assert.Equal(109 * Microsecond.Picoseconds, start.Picoseconds);
    }

    [Property]
    public void A_command_never_seems_to_run_outside_the_moments_that_the_host_saw(int drift, ushort before, ushort length, ushort after)
    {
        var clock = new DeviceClock();
        clock.Calibrate(Times(0), Times(10), 1_000_000, 1_001_000);
        DeviceTime enqueued = Times(1_000_000);
        DeviceTime seen = Times(1_000_000 + before + length + after);
        ulong start = (ulong)(3_000_000_000_000L + drift);

        (DeviceTime from, DeviceTime to) = clock.Map(enqueued, seen, start, start + (length * 1000ul));

        Assert.True(from >= enqueued && to <= seen);
        Assert.Equal(length * Microsecond.Picoseconds, (to - from).Picoseconds);
    }

    private static DeviceTime Times(long microseconds) => new(microseconds * Microsecond.Picoseconds);
}
