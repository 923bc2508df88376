using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FlashMem.Runtime.Telemetry;

/// <summary>
/// The activities and metrics that the runtime emits; the application chooses the exporter. Source and meter are both named
/// <see cref="Name"/>.
/// <list type="table">
/// <listheader><term>instrument</term><description>kind, unit, meaning, tags</description></listheader>
/// <item><term>flashmem.load.duration</term><description>histogram, s: opening a session; model, device</description></item>
/// <item><term>flashmem.run.duration</term><description>histogram, s (device clock): one run; model, device, first</description></item>
/// <item><term>flashmem.run.failures</term><description>counter, {run}: runs that threw; model, device, error.type</description></item>
/// <item><term>flashmem.storage.bytes</term><description>counter, By: weight bytes asked of storage; model, device</description></item>
/// <item><term>flashmem.storage.stall</term><description>histogram, s (device clock): kernels waiting for bytes; model, device</description></item>
/// <item><term>flashmem.memory.budgeted</term><description>up-down counter, By: device memory held by sessions; device</description></item>
/// </list>
/// Activities: <c>flashmem.load</c>, <c>flashmem.run</c>.
/// </summary>
public static class FlashMemTelemetry
{
    /// <summary>Name to subscribe to.</summary>
    public const string Name = "FlashMem";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> LoadDuration =
        Meter.CreateHistogram<double>("flashmem.load.duration", "s", "Time to open a session.");

    internal static readonly Histogram<double> RunDuration =
        Meter.CreateHistogram<double>("flashmem.run.duration", "s", "Time of one run by the device's clock.");

    internal static readonly Counter<long> RunFailures =
        Meter.CreateCounter<long>("flashmem.run.failures", "{run}", "Runs that threw.");

    internal static readonly Counter<long> StorageBytes =
        Meter.CreateCounter<long>("flashmem.storage.bytes", "By", "Weight bytes asked of storage.");

    internal static readonly Histogram<double> StorageStall =
        Meter.CreateHistogram<double>("flashmem.storage.stall", "s", "Time that kernels of a run waited for storage.");

    internal static readonly UpDownCounter<long> MemoryBudgeted =
        Meter.CreateUpDownCounter<long>("flashmem.memory.budgeted", "By", "Device memory held by sessions.");

    /// <summary>The tags that most instruments carry.</summary>
    internal static TagList Tags(string model, string device) => new() { { "flashmem.model", model }, { "flashmem.device", device } };
}
