using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Simulator.Device;

/// <summary>An in-order queue: one command runs at a time, and its values change when it is complete.</summary>
/// <param name="simulation">Lets time go on.</param>
/// <param name="loop">Clock and events.</param>
/// <param name="lane">Lane of its trace events.</param>
/// <param name="work">Times and carries out commands.</param>
/// <param name="handover">Before a command that had to wait for a signal, in picoseconds.</param>
/// <param name="driver">Takes every command before it can begin; null where that costs nothing.</param>
internal sealed class SimulatedQueue(
    Simulation simulation, DeviceLoop loop, TraceLane lane, ICommandWork work, long handover, DriverLane? driver)
    : IDeviceQueue, ILane
{
    private readonly Queue<Entry> entries = new();
    private readonly Queue<Entry> awaiting = new();
    private bool busy;

    public TraceLane Lane => lane;

    /// <summary>There is a command that the driver has not got, and it can be handed over.</summary>
    public bool CanHandOver => driver is not null && awaiting.TryPeek(out Entry? next) && next.OpenWaits.All(driver.Knows);

    /// <summary>Takes the first command that the driver has not got.</summary>
    public PendingCommand HandOver() => awaiting.Dequeue();

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace { get; set; }

    public bool IsIdle => entries.Count == 0;

    public IEnumerable<TimePoint> HeadWaits => !busy && entries.TryPeek(out Entry? head) ? head.OpenWaits : [];

    public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) => Add(new Entry(
        command.Kernel.Desc.Name, 0, () => work.Time(command), () => work.Complete(command), waits.ToArray(), signal));

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) => Add(new Entry(
        command.Label, command.Source.Bytes, () => work.Time(command), () => work.Complete(command), waits.ToArray(), signal));

    public bool WillReach(TimePoint point) =>
        entries.Any(entry => entry.Signal.Timeline == point.Timeline && entry.Signal.Value >= point.Value);

    public bool Settle()
    {
        bool changed = false;
        while (!busy && entries.TryPeek(out Entry? head) && head.IsDue() && (head.IsHandedOver || head.Refusal is not null))
        {
            changed = true;
            if (head.Refusal is { } refusal)
            {
                Leave(head, refusal);
            }
            else
            {
                Begin(head);
            }
        }

        return changed;
    }

    public void Refuse(Exception cause)
    {
        foreach (Entry entry in entries.Skip(busy ? 1 : 0))
        {
            entry.Refuse(cause);
        }
    }

    private void Add(Entry entry) => simulation.Issue(entry.Signal, () =>
    {
        entry.Ready = new DeviceTime(loop.Now);
        entries.Enqueue(entry);
        entry.IsHandedOver = driver is null;
        if (driver is not null)
        {
            awaiting.Enqueue(entry);
        }
    });

    private void Begin(Entry head)
    {
        CommandTime time;
        try
        {
            time = head.Time();
        }
        catch (Exception error)
        {
            Leave(head, Named(head, error));
            return;
        }

        busy = true;
        long launch = time.Launch + (head.WaitedFor is null ? 0 : handover);
        if (launch > 0)
        {
            loop.After(launch, () => Start(head, time));
        }
        else
        {
            Start(head, time);
        }
    }

    private void Start(Entry head, CommandTime time)
    {
        head.Start = new DeviceTime(loop.Now);
        loop.Start(time, () => End(head, time.Cores));
    }

    private void End(Entry head, int cores)
    {
        busy = false;
        try
        {
            head.Complete();
        }
        catch (Exception error)
        {
            Leave(head, Named(head, error));
            return;
        }

        var end = new DeviceTime(loop.Now);
        Trace?.Add(new TraceEvent(lane, 0, head.Name, head.Ready, head.Start, end, head.Bytes, head.WaitedFor));
        for (int group = 0; Trace is not null && group < CoreGroups.Busy(cores); group++)
        {
            Trace.Add(new TraceEvent(TraceLane.CoreGroup, group, head.Name, head.Start, head.Start, end, 0, null));
        }

        Leave(head, null);
    }

    private void Leave(Entry head, Exception? failure)
    {
        entries.Dequeue();
        if (awaiting.TryPeek(out Entry? refused) && refused == head)
        {
            awaiting.Dequeue();
        }

        if (entries.TryPeek(out Entry? next))
        {
            next.Ready = new DeviceTime(loop.Now);
        }

        if (failure is null)
        {
            head.Signal.Signal();
        }
        else
        {
            head.Signal.Timeline.Fail(failure);
        }
    }

    private static Exception Named(Entry head, Exception error) => error is FlashMemException or OperationCanceledException
        ? error
        : new RunFailedException($"'{head.Name}' failed: {error.Message}", error);

    private sealed class Entry(string name, long bytes, Func<CommandTime> time, Action complete, TimePoint[] waits, TimePoint signal)
        : PendingCommand(waits, signal)
    {
        public string Name { get; } = name;

        public long Bytes { get; } = bytes;

        public Func<CommandTime> Time { get; } = time;

        public Action Complete { get; } = complete;

        public DeviceTime Start { get; set; }
    }
}
