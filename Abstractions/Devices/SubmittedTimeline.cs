namespace FlashMem.Abstractions.Devices;

/// <summary>
/// A timeline that knows which of its values commands in a driver's hands will signal, so that a command on another queue can be handed to the
/// driver with something to wait for there instead of being held back until the value is reached. For backends whose queues run ahead.
/// Thread-safe.
/// </summary>
/// <typeparam name="TQueue">What orders commands in the driver.</typeparam>
/// <typeparam name="TMarker">What the driver can wait for.</typeparam>
public abstract class SubmittedTimeline<TQueue, TMarker>(string name) : Timeline(name)
{
    private readonly List<(ulong Value, TQueue Queue, TMarker Marker)> submitted = [];
    private readonly List<(ulong Value, Action Callback)> watchers = [];

    /// <summary>Guards what is submitted; a marker that was found under it cannot be withdrawn meanwhile.</summary>
    protected object Submitted => submitted;

    /// <summary>A command that will signal a value is in the driver's hands; its marker lives until it is withdrawn.</summary>
    /// <param name="value">What it will signal.</param>
    /// <param name="queue">Where it is.</param>
    /// <param name="marker">Reached when it is complete.</param>
    public void Publish(ulong value, TQueue queue, TMarker marker)
    {
        List<Action>? due = null;
        lock (Submitted)
        {
            submitted.Add((value, queue, marker));
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

    /// <summary>
    /// The command is complete, and its value signalled or the timeline failed: nobody waits for its marker any more. False when it was not there.
    /// </summary>
    public bool Withdraw(TMarker marker)
    {
        lock (Submitted)
        {
            int index = submitted.FindIndex(entry => EqualityComparer<TMarker>.Default.Equals(entry.Marker, marker));
            if (index >= 0)
            {
                submitted.RemoveAt(index);
            }

            return index >= 0;
        }
    }

    /// <summary>Runs the callback when a command that reaches the value is published, and when the value is reached or the timeline fails.</summary>
    public void WhenKnown(ulong value, Action callback)
    {
        lock (Submitted)
        {
            watchers.Add((value, callback));
        }

        WhenReached(value, () =>
        {
            lock (Submitted)
            {
                watchers.Remove((value, callback));
            }

            callback();
        });
    }

    /// <summary>The first command in the driver's hands whose signal reaches a value; call it under <see cref="Submitted"/>.</summary>
    protected bool TryFind(ulong value, out TQueue queue, out TMarker marker)
    {
        foreach ((ulong signalled, TQueue where, TMarker reached) in submitted)
        {
            if (signalled >= value)
            {
                (queue, marker) = (where, reached);
                return true;
            }
        }

        (queue, marker) = (default!, default!);
        return false;
    }
}
