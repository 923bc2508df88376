using System.Globalization;
using System.Text.Json;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Runtime.Tracing;

/// <summary>
/// Writes the Chrome trace event format (JSON object form), which Perfetto and chrome://tracing open: one lane per queue, storage worker
/// and group of cores, one counter per memory tier and per series of the device's own counters. Times are microseconds of the device's
/// clock.
/// </summary>
public static class ChromeTrace
{
    private const int ProcessId = 1;
    private const double PicosecondsPerMicrosecond = 1e6;

    /// <summary>Writes a whole trace.</summary>
    /// <param name="utf8">Where to; left open.</param>
    /// <param name="events">Spans in any order.</param>
    /// <param name="residency">Counter samples in order of time.</param>
    /// <param name="samples">The device's own counters in order of time; none by default.</param>
    public static void Write(
        Stream utf8, IEnumerable<TraceEvent> events, IEnumerable<ResidencySample> residency, IEnumerable<TraceSample>? samples = null)
    {
        IReadOnlyList<TraceEvent> spans = [.. events];
        using var json = new Utf8JsonWriter(utf8);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        WriteName(json, "process_name", 0, "flashmem");
        foreach ((TraceLane lane, int index) in spans.Select(span => (span.Lane, span.LaneIndex)).Distinct().Order())
        {
            WriteName(json, "thread_name", ThreadId(lane, index), LaneName(lane, index));
            WriteSortIndex(json, ThreadId(lane, index));
        }

        foreach (TraceEvent span in spans)
        {
            WriteSpan(json, span);
        }

        foreach (ResidencySample sample in residency)
        {
            WriteCounter(json, $"{sample.Tier} bytes", sample.Time, "bytes", sample.Bytes);
        }

        foreach (TraceSample sample in samples ?? [])
        {
            WriteCounter(json, sample.Counter, sample.Time, sample.Series, sample.Value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    private static int ThreadId(TraceLane lane, int index) => (((int)lane + 1) * 1000) + index;

    private static string LaneName(TraceLane lane, int index) => lane switch
    {
        TraceLane.Compute => "compute",
        TraceLane.Transfer => "transfer",
        TraceLane.Storage => string.Create(CultureInfo.InvariantCulture, $"storage {index}"),
        TraceLane.CoreGroup => string.Create(CultureInfo.InvariantCulture, $"core group {index}"),
        TraceLane.Request => "requests",
        _ => throw new ArgumentOutOfRangeException(nameof(lane), lane, "unknown lane"),
    };

    private static double Microseconds(DeviceTime time) => time.Picoseconds / PicosecondsPerMicrosecond;

    private static void WriteName(Utf8JsonWriter json, string kind, int thread, string name)
    {
        WriteStart(json, kind, "M", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSortIndex(Utf8JsonWriter json, int thread)
    {
        WriteStart(json, "thread_sort_index", "M", thread);
        json.WriteStartObject("args");
        json.WriteNumber("sort_index", thread);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, TraceEvent span)
    {
        WriteStart(json, span.Name, "X", ThreadId(span.Lane, span.LaneIndex));
        json.WriteNumber("ts", Microseconds(span.Start));
        json.WriteNumber("dur", Microseconds(span.Duration));
        json.WriteStartObject("args");
        if (span.Bytes > 0)
        {
            json.WriteNumber("bytes", span.Bytes);
        }

        if (span.WaitedFor is not null)
        {
            json.WriteString("waitedFor", span.WaitedFor);
            json.WriteNumber("waitedUs", Microseconds(span.Start - span.Ready));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCounter(Utf8JsonWriter json, string name, DeviceTime time, string series, double value)
    {
        WriteStart(json, name, "C", 0);
        json.WriteNumber("ts", Microseconds(time));
        json.WriteStartObject("args");
        json.WriteNumber(series, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter json, string name, string phase, int thread)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", phase);
        json.WriteNumber("pid", ProcessId);
        json.WriteNumber("tid", thread);
    }
}
