using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// Storage as a queue. A request occupies it for latency / queue depth + bytes / bandwidth, so a full queue of requests of b bytes gets
/// b / (t0 / QD + b / BWmax) bytes per second; a request alone takes latency + bytes / bandwidth. Requests start in order of the calls.
/// </summary>
internal sealed class StorageServer
{
    private readonly Rate perByte;
    private readonly long latency;
    private readonly long perRequest;
    private Gate gate;

    public StorageServer(StorageSpec spec)
    {
        perByte = Rate.PerSecond(Quantities.BytesPerSecond(spec.Bandwidth, "storage.bandwidth"));
        latency = Quantities.Picoseconds(spec.Latency, "storage.latency");
        long depth = Quantities.Count(spec.QueueDepth, "storage.queueDepth");
        perRequest = (latency + depth - 1) / depth;
    }

    /// <summary>When the storage can begin another request.</summary>
    public long FreeAt => gate.FreeAt;

    /// <summary>Time for which requests have occupied it.</summary>
    public long Busy => gate.Busy;

    /// <summary>Queues a read and returns when it begins and when its bytes are there.</summary>
    public (long Start, long End) Read(long earliest, long bytes)
    {
        long transfer = perByte.Duration(bytes);
        long start = gate.Reserve(earliest, perRequest + transfer);
        return (start, start + latency + transfer);
    }
}
