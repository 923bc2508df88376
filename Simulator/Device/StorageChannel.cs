using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The device's storage. A request takes latency + bytes / bandwidth when alone. It occupies the channel for latency / queue depth + bytes
/// / bandwidth, the second part at the speed that DRAM allows; what is left of its latency passes beside the requests after it. So
/// requests complete in the order in which they start.
/// </summary>
internal sealed class StorageChannel
{
    private readonly DeviceLoop loop;
    private readonly SimulatorFaults faults;
    private readonly Jitter jitter;
    private readonly Rate bandwidth;
    private readonly long occupyingLatency;
    private readonly long remainingLatency;
    private readonly List<bool> slots = [];
    private long started;
    private StorageRequest? stalled;

    public StorageChannel(DeviceLoop loop, StorageSpec spec, SimulatorFaults faults, Jitter jitter)
    {
        this.loop = loop;
        this.faults = faults;
        this.jitter = jitter;
        bandwidth = Rate.PerSecond(Quantities.BytesPerSecond(spec.Bandwidth, "storage.bandwidth"));
        long latency = Quantities.Picoseconds(spec.Latency, "storage.latency");
        long depth = Quantities.Count(spec.QueueDepth, "storage.queueDepth");
        occupyingLatency = (latency + depth - 1) / depth;
        remainingLatency = latency - occupyingLatency;
    }

    /// <summary>No request occupies it.</summary>
    public bool IsFree { get; private set; } = true;

    /// <summary>Starts a request now; the channel must be free.</summary>
    public void Start(StorageRequest request)
    {
        IsFree = false;
        request.Slot = TakeSlot();
        request.Start = new DeviceTime(loop.Now);
        long number = started++;
        if (number == faults.StalledRead)
        {
            stalled = request;
            return;
        }

        RunFailedException? failure = number == faults.FailingRead
            ? new RunFailedException($"storage failed to read, in {request.Range}")
            : null;
        long moving = jitter.Lengthen(Slowed(bandwidth.Duration(request.Bytes)));
        loop.After(Slowed(occupyingLatency), () => loop.Start(DramClient.Storage, moving, request.Bytes, () =>
        {
            IsFree = true;
            loop.After(Slowed(remainingLatency), () => End(request, failure));
        }));
    }

    /// <summary>Fails the request that holds the channel for ever; false when there is none.</summary>
    public bool FailStalled()
    {
        if (stalled is not { } request)
        {
            return false;
        }

        stalled = null;
        IsFree = true;
        End(request, new RunFailedException($"storage stalled for ever, in {request.Range}"));
        return true;
    }

    private void End(StorageRequest request, Exception? failure)
    {
        slots[request.Slot] = false;
        request.Completed(failure);
    }

    private int TakeSlot()
    {
        int slot = slots.IndexOf(false);
        if (slot < 0)
        {
            slot = slots.Count;
            slots.Add(false);
        }

        slots[slot] = true;
        return slot;
    }

    private long Slowed(long picoseconds) => faults.StorageSlowdown == 1 ? picoseconds : (long)(picoseconds * faults.StorageSlowdown);
}
