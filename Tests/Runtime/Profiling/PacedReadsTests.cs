using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Storage;
using FlashMem.Tests.Runtime.Storage;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Profiling;

public sealed class PacedReadsTests
{
    private const int Reads = 23;

    /// <summary>More than a thread takes several of at once, for here one read waits for all others.</summary>
    private const int ReadBytes = 5 * StorageFile.Block;

    private static readonly ProfileOptions Small = new()
    {
        Repetitions = 1, FileBytes = 1 << 20, TransferBytes = 1 << 18, ChunkBytes = 1 << 16, MatrixSide = 64, MatrixRows = 8,
    };

    [Fact]
    public async Task Reads_that_arrive_all_at_once_are_measured()
    {
        using var file = new StorageFile((Reads + 1) * ReadBytes);
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        var device = new WatchedDevice(host);
        using var kernels = new ProbeKernels(device, Small);
        using IDeviceMemory target = device.Allocate(MemoryTier.Unified, 4 * ReadBytes);
        using var others = new CountdownEvent(Reads - 1);
        var reader = new FaultyFileReader(file.Open())
        {
            Before = offset =>
            {
                if (offset == 0)
                {
                    if (!others.Wait(TimeSpan.FromMinutes(1)))
                    {
                        throw new IOException($"{others.CurrentCount} of {Reads - 1} other reads have not begun in a minute");
                    }

                    device.Ahead = DeviceTime.FromTimeSpan(TimeSpan.FromMilliseconds(50));
                }
                else
                {
                    others.Signal();
                }
            },
        };
        var storage = new FileWeightStorage(
            file.Path, file.Identity, reader, new StorageOptions { Threads = 2 }, null, () => device.Now);
        Timeline arrivals = new("reads");
        using var stream = new ReadStream(storage, arrivals, target, file.Content.Length, 4);

        // Whoever waits for the last read runs on while the thread that signals all of them is still here.
        arrivals.WhenReached(1, () => Thread.Sleep(100));
        (double latency, _) = new PacedReads(device, new ProbeQueue(device, 1), kernels.Nothing, 1).Measure(stream, ReadBytes, 1e-6);

        Assert.Equal((ulong)Reads, arrivals.Completed);
        Assert.InRange(latency, 0.05, 60);
    }
}
