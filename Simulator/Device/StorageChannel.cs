using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The device's storage. A request occupies the channel, in part at the speed that DRAM allows; what is left of its latency passes beside
/// the requests after it. So requests complete in the order in which they start.
/// </summary>
internal sealed class StorageChannel
{
    private readonly DeviceLoop loop;
    private readonly SimulatorFaults faults;
    private readonly Jitter jitter;
    private readonly IReadTimes times;
    private readonly List<bool> slots = [];
    private long started;
    private long lastEnd;
    private StorageRequest? stalled;

    public StorageChannel(DeviceLoop loop, IReadTimes times, SimulatorFaults faults, Jitter jitter)
    {
        this.loop = loop;
        this.faults = faults;
        this.jitter = jitter;
        this.times = times;
    }

    /// <summary>No request occupies it.</summary>
    public bool IsFree { get; private set; } = true;

    /// <summary>Starts a request now; the channel must be free.</summary>
    public void Start(StorageRequest request)
    {
        IsFree = false;
        bool wakes = !slots.Contains(true);
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
        ReadTime time = times.Of(request.Bytes);
        if (wakes && time.Wake > 0)
        {
            loop.Interrupt(time.Wake);
        }

        long moving = jitter.Lengthen(Slowed(time.Moving));
        var work = new CommandTime(DramClient.Storage, 0, moving, request.Bytes);
        loop.After(Slowed(time.Occupying), () => loop.Start(work, () =>
        {
            IsFree = true;
            long remaining = Slowed(loop.HasKernels ? time.RemainingBesideKernels : time.Remaining);
            lastEnd = Math.Max(lastEnd, loop.Now + remaining);
            loop.After(lastEnd - loop.Now, () => End(request, failure));
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
