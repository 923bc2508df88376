using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tracing;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>The device's times against the formulas that they come from, to the picosecond.</summary>
public sealed class SimulatedClockTests
{
    private const long Launch = 10_000_000;
    private const long Synchronization = 50_000_000;
    private const int Megabyte = 1_000_000;

    // 1 GB/s is a byte per nanosecond.
    private static readonly SimulatorSpec Spec = SpecOverrides.Apply(TestDevices.Spec,
    [
        "storage.latency=100us", "storage.bandwidth=1GB/s", "storage.queueDepth=4", "memory.copyBandwidth=10GB/s",
        "memory.dram.gpuBandwidth=20GB/s", "compute.launchLatency=10us", "compute.synchronizationLatency=50us",
    ]);

    [Fact]
    public async Task Time_stands_still_until_someone_waits()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        Timeline done = device.CreateTimeline("done");

        device.ComputeQueue.Dispatch(Kernel(device, 1000), [], done.At(1));
        Assert.Equal(0, device.Now.Picoseconds);
        Assert.Equal(0ul, done.Completed);
        done.Wait(1);

        Assert.Equal(Launch + Alone(1000) + Synchronization, device.Now.Picoseconds);
        done.Wait(1);
        Assert.Equal(Launch + Alone(1000) + Synchronization, device.Now.Picoseconds);
    }

    [Fact]
    public async Task Kernels_follow_each_other_by_the_launch_latency()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        Timeline done = device.CreateTimeline("done");
        for (ulong i = 1; i <= 5; i++)
        {
            device.ComputeQueue.Dispatch(Kernel(device, 300), [], done.At(i));
        }

        done.Wait(5);

        Assert.Equal((5 * (Launch + Alone(300))) + Synchronization, device.Now.Picoseconds);
    }

    [Fact]
    public async Task A_copy_takes_its_bytes_at_the_copy_bandwidth()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        Timeline done = device.CreateTimeline("done");

        device.TransferQueue.Copy(Move(device, Megabyte), [], done.At(1));
        done.Wait(1);

        Assert.Equal((Megabyte * 100L) + Synchronization, device.Now.Picoseconds);
    }

    [Fact]
    public async Task A_read_alone_takes_latency_and_bytes()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        await using IWeightStorage storage = device.OpenStorage(null);
        Timeline done = device.CreateTimeline("done");

        storage.Read(Chunk(device, 0, Megabyte), [], done.At(1));
        done.Wait(1);

        Assert.Equal(100_000_000 + (Megabyte * 1000L) + Synchronization, device.Now.Picoseconds);
    }

    [Fact]
    public async Task Reads_in_a_row_hide_all_latency_but_their_part_of_the_queue()
    {
        const int Reads = 10;
        const int Bytes = 4096;
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        await using IWeightStorage storage = device.OpenStorage(null);
        Timeline done = device.CreateTimeline("done");
        var trace = new RecordedTrace();
        device.Trace = trace;

        for (int i = 0; i < Reads; i++)
        {
            storage.Read(Chunk(device, i * Bytes, Bytes), [], done.At((ulong)i + 1));
        }

        done.Wait(Reads);

        const long Occupancy = 25_000_000 + (Bytes * 1000L);
        Assert.Equal(
            Enumerable.Range(0, Reads).Select(i => (i * Occupancy) + 100_000_000 + (Bytes * 1000L)),
            trace.Events.Select(e => e.End.Picoseconds));
        Assert.Equal(Enumerable.Range(0, Reads).Select(i => i * Occupancy), trace.Events.Select(e => e.Start.Picoseconds));
    }

    [Fact]
    public async Task A_copy_beside_a_kernel_that_wants_all_of_dram_gets_half_of_it()
    {
        // Each wants all 20 GB/s: together they take the sum of their times.
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        Timeline copied = device.CreateTimeline("copied");
        Timeline again = device.CreateTimeline("again");
        var trace = new RecordedTrace();
        device.Trace = trace;

        device.TransferQueue.Copy(Move(device, Megabyte), [], copied.At(1));
        device.ComputeQueue.Copy(Move(device, Megabyte), [], again.At(1));
        copied.Wait(1);
        again.Wait(1);

        Assert.All(trace.Events, e => Assert.Equal(200_000_000, e.Duration.Picoseconds));
        Assert.Equal(20.0, trace.Samples.Max(sample => sample.Value), 6);
        Assert.Equal(0, trace.Samples[^1].Value);
    }

    [Fact]
    public async Task Work_that_leaves_dram_to_others_is_not_slowed()
    {
        // The read wants 1 of 20 GB/s; the copy gets what it leaves.
        await using SimulatedDevice device = TestDevices.TimingOnly(spec: Spec);
        await using IWeightStorage storage = device.OpenStorage(null);
        Timeline read = device.CreateTimeline("read");
        Timeline copied = device.CreateTimeline("copied");
        var trace = new RecordedTrace();
        device.Trace = trace;

        storage.Read(Chunk(device, 0, Megabyte), [], read.At(1));
        device.TransferQueue.Copy(Move(device, 10 * Megabyte), [], copied.At(1));
        read.Wait(1);
        copied.Wait(1);

        TraceEvent Event(TraceLane lane) => trace.Events.Single(e => e.Lane == lane);
        Assert.Equal(100_000_000 + (Megabyte * 1000L), Event(TraceLane.Storage).Duration.Picoseconds);
        long copy = Event(TraceLane.Transfer).Duration.Picoseconds;

        // 25 us alone, then beside the read; 1 MB of DRAM traffic less for it in all.
        Assert.InRange(copy, 1_050_000_000 - 2_000_000, 1_050_000_000 + 2_000_000);
    }

    [Fact]
    public async Task Two_devices_give_the_same_times_whatever_the_waits_in_between()
    {
        long Run(SimulatedDevice device, bool each)
        {
            Timeline done = device.CreateTimeline("done");
            for (ulong i = 1; i <= 4; i++)
            {
                device.ComputeQueue.Dispatch(Kernel(device, 100 * (long)i), [], done.At(i));
                if (each)
                {
                    done.Wait(i);
                }
            }

            done.Wait(4);
            return device.Now.Picoseconds;
        }

        await using SimulatedDevice one = TestDevices.TimingOnly(spec: Spec);
        await using SimulatedDevice two = TestDevices.TimingOnly(spec: Spec);
        await using SimulatedDevice waiting = TestDevices.TimingOnly(spec: Spec);
        Assert.Equal(Run(one, false), Run(two, false));
        Assert.Equal(one.Now.Picoseconds + (3 * Synchronization), Run(waiting, true));
    }

    private static long Alone(long elements) => RooflineTimer.Expected(elements, 4).Alone.Picoseconds;

    private static DispatchCommand Kernel(SimulatedDevice device, long elements) => TestCommands.Fill(device, elements);

    private static CopyCommand Move(SimulatedDevice device, long bytes) => new(
        "move",
        new MemoryRange(device.Allocate(MemoryTier.Unified, bytes), 0, bytes),
        new MemoryRange(device.Allocate(MemoryTier.Texture, bytes), 0, bytes));

    private static ReadCommand Chunk(SimulatedDevice device, long offset, int bytes) => TestCommands.Read(device, offset, bytes);
}
