using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The driver between the host and the queues of a device: it takes one command at a time, of either queue, and those of a queue in order. A
/// command can be handed over ahead of its turn when what it waits for is complete or in the driver's hands; what storage or the host
/// will signal must have happened.
/// </summary>
/// <param name="loop">Clock and events.</param>
/// <param name="times">What handing over takes.</param>
internal sealed class DriverLane(DeviceLoop loop, DriverTimes times) : ILane
{
    private readonly List<SimulatedQueue> queues = [];
    private readonly Dictionary<Timeline, ulong> known = [];
    private SimulatedQueue? last;
    private bool busy;

    public bool IsIdle => !busy;

    public IEnumerable<TimePoint> HeadWaits => [];

    public void Add(SimulatedQueue queue) => queues.Add(queue);

    /// <summary>The point is reached, or a command that reaches it is in the driver's hands.</summary>
    public bool Knows(TimePoint point) =>
        point.IsReached || (known.TryGetValue(point.Timeline, out ulong value) && value >= point.Value);

    public bool Settle()
    {
        // Queues that both press on take turns.
        SimulatedQueue? next = busy ? null
            : queues.Find(queue => queue != last && queue.CanHandOver) ?? queues.Find(queue => queue.CanHandOver);
        if (next is null)
        {
            return false;
        }

        busy = true;
        last = next;
        bool isBeside = queues.Exists(queue => queue != next && !queue.IsIdle);
        PendingCommand command = next.HandOver();
        loop.After(times.Of(next.Lane, isBeside), () =>
        {
            busy = false;
            command.IsHandedOver = true;
            Remember(command.Signal);
        });
        return true;
    }

    public bool WillReach(TimePoint point) => false;

    public void Refuse(Exception cause)
    {
        // Its commands are the queues' to refuse.
    }

    private void Remember(TimePoint signal)
    {
        foreach ((Timeline timeline, ulong value) in known)
        {
            if (timeline.At(value).IsReached)
            {
                known.Remove(timeline);
            }
        }

        known[signal.Timeline] = signal.Value;
    }
}
