using System.Text.Json;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Tracing;
using Xunit;

namespace FlashMem.Tests.Runtime.Tracing;

public sealed class ChromeTraceTests
{
    [Fact]
    public void Lanes_spans_waits_and_counters_are_in_the_file()
    {
        TraceEvent[] events =
        [
            new(TraceLane.Compute, 0, "conv", At(1), At(3), At(5), 0, "storage"),
            new(TraceLane.Storage, 1, "w[0]", At(0), At(0), At(3), 4096, null),
            new(TraceLane.CoreGroup, 2, "conv on cores", At(3), At(3), At(5), 0, null),
        ];
        using var stream = new MemoryStream();
        ChromeTrace.Write(
            stream,
            events,
            [new ResidencySample(At(2), MemoryTier.Unified, 8192)],
            [new TraceSample(At(4), "DRAM GB/s", "copies", 12.5)]);
        using JsonDocument json = JsonDocument.Parse(stream.ToArray());
        JsonElement[] entries = [.. json.RootElement.GetProperty("traceEvents").EnumerateArray()];
        JsonElement Entry(string phase, string name) =>
            entries.Single(e => e.GetProperty("ph").GetString() == phase && e.GetProperty("name").GetString() == name);
        string[] lanes =
        [
            .. entries.Where(e => e.GetProperty("name").GetString() == "thread_name")
                .Select(e => e.GetProperty("args").GetProperty("name").GetString()!),
        ];
        Assert.Equal(["compute", "storage 1", "core group 2"], lanes);
        JsonElement conv = Entry("X", "conv");
        Assert.Equal(3.0, conv.GetProperty("ts").GetDouble());
        Assert.Equal(2.0, conv.GetProperty("dur").GetDouble());
        Assert.Equal("storage", conv.GetProperty("args").GetProperty("waitedFor").GetString());
        Assert.Equal(2.0, conv.GetProperty("args").GetProperty("waitedUs").GetDouble());
        Assert.Equal(4096, Entry("X", "w[0]").GetProperty("args").GetProperty("bytes").GetInt64());
        Assert.Equal(8192, Entry("C", "Unified bytes").GetProperty("args").GetProperty("bytes").GetInt64());
        Assert.Equal(12.5, Entry("C", "DRAM GB/s").GetProperty("args").GetProperty("copies").GetDouble());
        Assert.Equal(4.0, Entry("C", "DRAM GB/s").GetProperty("ts").GetDouble());
        Assert.NotEqual(conv.GetProperty("tid").GetInt32(), Entry("X", "w[0]").GetProperty("tid").GetInt32());
    }

    private static DeviceTime At(long microseconds) => DeviceTime.FromNanoseconds(microseconds * 1000);
}
