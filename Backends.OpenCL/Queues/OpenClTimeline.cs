using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// A timeline that knows which of its values commands in the driver's hands will signal, so that a command on another queue can be handed
/// to the driver with an event to wait for instead of being held back until the value is reached. Thread-safe.
/// </summary>
internal sealed class OpenClTimeline(string name) : Timeline(name)
{
    private readonly object gate = new();
    private readonly List<Enqueued> enqueued = [];
    private readonly List<(ulong Value, Action Callback)> watchers = [];

    /// <summary>A command that will signal a value is in the driver's hands; the timeline keeps a reference to its event.</summary>
    /// <param name="value">What it will signal.</param>
    /// <param name="queue">The driver's queue.</param>
    /// <param name="reached">The command's event.</param>
    public void Publish(ulong value, nint queue, ClEvent reached)
    {
        List<Action>? due = null;
        lock (gate)
        {
            enqueued.Add(new Enqueued(value, queue, reached.Share()));
            for (int i = watchers.Count - 1; i >= 0; i--)
            {
                if (watchers[i].Value <= value)
                {
                    (due ??= []).Add(watchers[i].Callback);
                    watchers.RemoveAt(i);
                }
            }
        }

        foreach (Action callback in due ?? [])
        {
            callback();
        }
    }

    /// <summary>The command is complete (and its value signalled or the timeline failed).</summary>
    public void Withdraw(ClEvent reached)
    {
        lock (gate)
        {
            int index = enqueued.FindIndex(entry => entry.Event == reached);
            if (index < 0)
            {
                return;
            }

            enqueued.RemoveAt(index);
        }

        reached.Release();
    }

    /// <summary>
    /// The event of the first command in the driver's hands whose signal reaches a value. The caller becomes an owner, unless the command is
    /// on its own queue, whose order is enough: then there is no event.
    /// </summary>
    public bool TryGetEvent(ulong value, nint queue, out ClEvent? reached)
    {
        lock (gate)
        {
            foreach (Enqueued entry in enqueued)
            {
                if (entry.Value >= value)
                {
                    reached = entry.Queue == queue ? null : entry.Event.Share();
                    return true;
                }
            }
        }

        reached = null;
        return false;
    }

    /// <summary>Runs the callback when a command that reaches the value is published, and when the value is reached or the timeline fails.</summary>
    public void WhenKnown(ulong value, Action callback)
    {
        lock (gate)
        {
            watchers.Add((value, callback));
        }

        WhenReached(value, () =>
        {
            lock (gate)
            {
                watchers.Remove((value, callback));
            }

            callback();
        });
    }

    private readonly record struct Enqueued(ulong Value, nint Queue, ClEvent Event);
}
