using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Device;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Order, waits and faults of simulated storage, and memory that is less than was promised.</summary>
public sealed class SimulatedStorageTests
{
    private const int Bytes = 65536;

    [Fact]
    public async Task Reads_start_in_order_after_their_waits_and_signal_in_order()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly();
        await using IWeightStorage storage = device.OpenStorage(null);
        var trace = new RecordedTrace();
        device.Trace = trace;
        Timeline gate = device.CreateTimeline("gate");
        Timeline read = device.CreateTimeline("read");
        storage.Read(TestCommands.Read(device, 0, Bytes), [], read.At(1));
        storage.Read(TestCommands.Read(device, Bytes, Bytes), [gate.At(1)], read.At(2));
        storage.Read(TestCommands.Read(device, 2 * Bytes, 16), [], read.At(3));

        read.Wait(1);
        Assert.Equal(1ul, read.Completed);
        long opened = device.Now.Picoseconds;
        gate.Signal(1);
        read.Wait(3);

        Assert.Equal(["chunk at 0", $"chunk at {Bytes}", $"chunk at {2 * Bytes}"], trace.Events.Select(e => e.Name));
        Assert.Equal([null, "gate", null], trace.Events.Select(e => e.WaitedFor));
        Assert.True(trace.Events[1].Start.Picoseconds >= opened);
        Assert.True(trace.Events[2].Start >= trace.Events[1].Start);
    }

    [Fact]
    public async Task A_failed_wait_and_a_failed_timeline_keep_reads_from_starting()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly();
        await using IWeightStorage storage = device.OpenStorage(null);
        var trace = new RecordedTrace();
        device.Trace = trace;
        Timeline broken = device.CreateTimeline("broken");
        Timeline read = device.CreateTimeline("read");
        var cause = new OperationCanceledException("stopped");
        storage.Read(TestCommands.Read(device, 0, Bytes), [broken.At(1)], read.At(1));
        storage.Read(TestCommands.Read(device, 0, Bytes), [], read.At(2));
        broken.Fail(cause);

        await storage.DrainAsync();

        Assert.Same(cause, read.Failure);
        Assert.Empty(trace.Events);
    }

    [Fact]
    public async Task A_read_that_fails_names_its_range_and_the_next_timeline_reads_on()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(new SimulatorFaults { FailingRead = 1 });
        await using IWeightStorage storage = device.OpenStorage(null);
        Timeline read = device.CreateTimeline("read");
        for (int i = 0; i < 3; i++)
        {
            storage.Read(TestCommands.Read(device, i * Bytes, Bytes), [], read.At((ulong)i + 1));
        }

        string message = Assert.Throws<RunFailedException>(() => read.Wait(3)).Message;
        Assert.Contains($"{Bytes} bytes at offset {Bytes}", message, StringComparison.Ordinal);
        Assert.Contains($"'chunk at {Bytes}'", message, StringComparison.Ordinal);
        Assert.Equal(1ul, read.Completed);
        Timeline again = device.CreateTimeline("again");
        storage.Read(TestCommands.Read(device, 0, Bytes), [], again.At(1));
        again.Wait(1);
    }

    [Fact]
    public async Task A_read_that_stalls_fails_once_nothing_else_can_happen()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(new SimulatorFaults { StalledRead = 0 });
        await using IWeightStorage storage = device.OpenStorage(null);
        Timeline read = device.CreateTimeline("read");
        Timeline computed = device.CreateTimeline("computed");
        Timeline stuck = device.CreateTimeline("stuck");
        storage.Read(TestCommands.Read(device, 4096, Bytes), [], read.At(1));
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], computed.At(1));
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [read.At(1)], stuck.At(1));

        computed.Wait(1);
        string message = Assert.Throws<RunFailedException>(() => stuck.Wait(1)).Message;

        Assert.Contains("stalled", message, StringComparison.Ordinal);
        Assert.Contains($"{Bytes} bytes at offset 4096", message, StringComparison.Ordinal);
        Timeline again = device.CreateTimeline("again");
        storage.Read(TestCommands.Read(device, 0, Bytes), [], again.At(1));
        again.Wait(1);
    }

    [Fact]
    public async Task Slow_storage_takes_so_many_times_as_long()
    {
        async Task<long> ReadAll(SimulatorFaults faults)
        {
            await using SimulatedDevice device = TestDevices.TimingOnly(faults);
            await using IWeightStorage storage = device.OpenStorage(null);
            var trace = new RecordedTrace();
            device.Trace = trace;
            Timeline read = device.CreateTimeline("read");
            storage.Read(TestCommands.Read(device, 0, Bytes), [], read.At(1));
            read.Wait(1);
            return trace.Events.Single().Duration.Picoseconds;
        }

        Assert.Equal(3 * await ReadAll(new SimulatorFaults()), await ReadAll(new SimulatorFaults { StorageSlowdown = 3 }));
    }

    [Fact]
    public async Task Jitter_depends_on_the_seed_alone()
    {
        async Task<long> Time(ulong seed, double jitter)
        {
            await using SimulatedDevice device = TestDevices.TimingOnly(new SimulatorFaults { Jitter = jitter }, seed: seed);
            Timeline done = device.CreateTimeline("done");
            for (ulong i = 1; i <= 8; i++)
            {
                device.ComputeQueue.Dispatch(TestCommands.Fill(device, 10_000), [], done.At(i));
            }

            done.Wait(8);
            return device.Now.Picoseconds;
        }

        long still = await Time(1, 0);
        Assert.Equal(await Time(1, 0.5), await Time(1, 0.5));
        Assert.NotEqual(await Time(1, 0.5), await Time(2, 0.5));
        Assert.InRange(await Time(1, 0.5), still + 1, still + (still / 2));
    }

    [Fact]
    public async Task Less_memory_than_promised_is_refused_with_the_numbers_and_comes_back_when_freed()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly(new SimulatorFaults { MemoryBytes = 1000 });
        IDeviceMemory first = device.Allocate(MemoryTier.Unified, 600);

        string message = Assert.Throws<DeviceException>(() => device.Allocate(MemoryTier.Texture, 401)).Message;
        Assert.Contains("401", message, StringComparison.Ordinal);
        Assert.Contains("600 of 1000", message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose();
        device.Allocate(MemoryTier.Texture, 1000).Dispose();
    }

    [Fact]
    public async Task A_closed_storage_refuses_reads()
    {
        await using SimulatedDevice device = TestDevices.TimingOnly();
        IWeightStorage storage = device.OpenStorage(null);
        Timeline gate = device.CreateTimeline("gate");
        Timeline read = device.CreateTimeline("read");
        storage.Read(TestCommands.Read(device, 0, Bytes), [], read.At(1));
        storage.Read(TestCommands.Read(device, 0, Bytes), [gate.At(1)], read.At(2));

        await storage.DisposeAsync();

        Assert.IsType<RunFailedException>(read.Failure);
        await storage.DisposeAsync();
    }
}
