using FlashMem.Simulator.Device;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Storage against its formulas, to the picosecond.</summary>
public sealed class StorageChannelTests
{
    private const long Nanosecond = 1000;

    [Property]
    public void A_read_alone_takes_latency_and_transfer(NonNegativeInt bytes)
    {
        (DeviceLoop loop, StorageChannel storage) = Open();
        long start = -1;
        long end = -1;
        loop.MoveTo(7);
        storage.Start(new StorageRequest(() => "alone", bytes.Get, (request, _) => (start, end) = (request.Start.Picoseconds, loop.Now)));
        while (loop.Step())
        {
        }

        Assert.Equal((7, 7 + (100_000 * Nanosecond) + (bytes.Get * Nanosecond)), (start, end));
    }

    [Property]
    public void A_full_queue_gets_the_bandwidth_of_the_law(NonNegativeInt bytes, byte requests)
    {
        (DeviceLoop loop, StorageChannel storage) = Open();
        for (int i = 0; i < requests; i++)
        {
            storage.Start(new StorageRequest(() => "full", bytes.Get, (_, _) => { }));
            while (!storage.IsFree)
            {
                Assert.True(loop.Step());
            }
        }

        // b / (t0 / QD + b / BWmax) per request.
        Assert.Equal(requests * ((25_000 * Nanosecond) + (bytes.Get * Nanosecond)), loop.Now);
    }

    /// <summary>With far more DRAM than storage fills.</summary>
    private static (DeviceLoop Loop, StorageChannel Storage) Open()
    {
        var loop = new DeviceLoop(new DramContention(1_000_000_000_000));
        return (loop, new StorageChannel(loop, new QueueReadTimes(TestSpecs.Simple.Storage), new SimulatorFaults(), new Jitter(0, 1)));
    }
}
