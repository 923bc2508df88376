using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// A timeline that knows which of its values commands in the driver's hands will signal, so that a command on another stream can be handed over
/// with a marker to wait for instead of being held back until the value is reached. Thread-safe.
/// </summary>
internal sealed class IlgpuTimeline(string name) : Timeline(name)
{
    private readonly object gate = new();
    private readonly List<Enqueued> enqueued = [];
    private readonly List<(ulong Value, Action Callback)> watchers = [];

    /// <summary>A command that will signal a value is in the driver's hands; its marker lives until it is withdrawn.</summary>
    public void Publish(ulong value, ICommandStream stream, CommandMarker marker)
    {
        List<Action>? due = null;
        lock (gate)
        {
            enqueued.Add(new Enqueued(value, stream, marker));
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

    /// <summary>The command is complete, and its value signalled or the timeline failed. Nobody waits for the marker any more.</summary>
    public void Withdraw(CommandMarker marker)
    {
        lock (gate)
        {
            enqueued.RemoveAll(entry => entry.Marker == marker);
        }
    }

    /// <summary>
    /// Lets a stream wait for the first command in the driver's hands whose signal reaches a value; on its own stream the order is enough. False
    /// when there is no such command yet.
    /// </summary>
    public bool TryWait(ulong value, ICommandStream waiter)
    {
        // Inside the lock, so that the marker cannot be withdrawn and used for something else meanwhile.
        lock (gate)
        {
            foreach (Enqueued entry in enqueued)
            {
                if (entry.Value >= value)
                {
                    if (entry.Stream != waiter)
                    {
                        waiter.WaitFor(entry.Marker);
                    }

                    return true;
                }
            }
        }

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

    private readonly record struct Enqueued(ulong Value, ICommandStream Stream, CommandMarker Marker);
}
