using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tracing;

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
    private readonly Dictionary<Timeline, (ulong Value, SimulatedQueue Queue)> known = [];
    private SimulatedQueue? last;
    private bool busy;

    public bool IsIdle => !busy;

    public IEnumerable<TimePoint> HeadWaits => [];

    public void Add(SimulatedQueue queue) => queues.Add(queue);

    /// <summary>The point is reached, or a command that reaches it is in the driver's hands.</summary>
    public bool Knows(TimePoint point) => point.IsReached || QueueOf(point) is not null;

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
        PendingCommand command = next.HandOver();
        bool waits = command.OpenWaits.Any(wait => QueueOf(wait) != next);
        loop.After((next.Lane == TraceLane.Compute ? times.Kernel : times.Copy) + (waits ? times.Wait : 0), () =>
        {
            busy = false;
            command.IsHandedOver = true;
            Remember(command.Signal, next);
        });
        return true;
    }

    public bool WillReach(TimePoint point) => false;

    public void Refuse(Exception cause)
    {
        // Its commands are the queues' to refuse.
    }

    private SimulatedQueue? QueueOf(TimePoint point) =>
        known.TryGetValue(point.Timeline, out (ulong Value, SimulatedQueue Queue) reach) && reach.Value >= point.Value ? reach.Queue : null;

    private void Remember(TimePoint signal, SimulatedQueue queue)
    {
        foreach ((Timeline timeline, (ulong value, _)) in known)
        {
            if (timeline.At(value).IsReached)
            {
                known.Remove(timeline);
            }
        }

        known[signal.Timeline] = (signal.Value, queue);
    }
}
