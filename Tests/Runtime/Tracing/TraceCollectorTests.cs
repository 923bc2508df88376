using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Tracing;
using Xunit;

namespace FlashMem.Tests.Runtime.Tracing;

public sealed class TraceCollectorTests
{
    [Fact]
    public void Events_of_many_threads_come_back_once_and_by_start()
    {
        var collector = new TraceCollector();
        Parallel.For(0, 1000, i => collector.Add(new TraceEvent(
            TraceLane.Storage, i % 4, "read", new DeviceTime(i), new DeviceTime(i), new DeviceTime(i + 1), 1, null)));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)i), collector.Take().Select(e => e.Start.Picoseconds));
        Assert.Empty(collector.Take());
    }
}
