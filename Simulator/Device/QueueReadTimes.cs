using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>
/// Storage as a queue: a read takes latency + bytes / bandwidth when alone and occupies the channel for latency / queue depth + bytes /
/// bandwidth.
/// </summary>
internal sealed class QueueReadTimes : IReadTimes
{
    private readonly Rate bandwidth;
    private readonly long occupying;
    private readonly long remaining;

    public QueueReadTimes(StorageSpec spec)
    {
        bandwidth = Rate.PerSecond(Quantities.BytesPerSecond(spec.Bandwidth, "storage.bandwidth"));
        long latency = Quantities.Picoseconds(spec.Latency, "storage.latency");
        long depth = Quantities.Count(spec.QueueDepth, "storage.queueDepth");
        occupying = (latency + depth - 1) / depth;
        remaining = latency - occupying;
    }

    public ReadTime Of(int bytes) => new(occupying, bandwidth.Duration(bytes), remaining, remaining, 0);
}
