using FlashMem.Abstractions.Errors;

namespace FlashMem.Abstractions.Devices;

/// <summary>
/// A counter that only grows and orders work across queues, storage and the host: the timeline semaphore of Vulkan and IREE.
/// A failure is final: it wakes every waiter, present and later, with the cause. Thread-safe. A simulated device derives from it so that
/// waiting advances its clock.
/// </summary>
public class Timeline(string name)
{
    private readonly object gate = new();
    private readonly List<(ulong Value, Action Callback)> callbacks = [];
    private ulong completed;
    private Exception? failure;

    public string Name { get; } = name;

    /// <summary>Largest value signalled so far.</summary>
    public ulong Completed => Volatile.Read(ref completed);

    /// <summary>Why the timeline failed; null while it has not.</summary>
    public Exception? Failure => Volatile.Read(ref failure);

    /// <summary>The point at which this timeline reaches a value.</summary>
    public TimePoint At(ulong value) => new(this, value);

    /// <summary>Raises the counter. A smaller or equal value changes nothing.</summary>
    public void Signal(ulong value)
    {
        List<Action>? due = null;
        lock (gate)
        {
            if (value <= completed || failure is not null)
            {
                return;
            }

            Volatile.Write(ref completed, value);
            due = TakeDue();
            Monitor.PulseAll(gate);
        }

        Run(due);
    }

    /// <summary>Marks the timeline failed; the first cause stays.</summary>
    public void Fail(Exception cause)
    {
        List<Action>? due;
        lock (gate)
        {
            if (failure is not null)
            {
                return;
            }

            Volatile.Write(ref failure, cause);
            due = TakeDue();
            Monitor.PulseAll(gate);
        }

        Run(due);
    }

    /// <summary>Blocks until the value is reached. Throws the failure's cause, or on cancellation.</summary>
    public virtual void Wait(ulong value, CancellationToken cancellationToken = default)
    {
        for (var spin = default(SpinWait); !spin.NextSpinWillYield; spin.SpinOnce())
        {
            if (Completed >= value)
            {
                return;
            }
        }

        using CancellationTokenRegistration wake = cancellationToken.Register(() =>
        {
            lock (gate)
            {
                Monitor.PulseAll(gate);
            }
        });
        lock (gate)
        {
            while (completed < value && failure is null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(gate);
            }
        }

        ThrowIfFailedBefore(value);
    }

    /// <summary>
    /// Completes when the value is reached; faults with the failure's cause. A simulated device overrides it as it does
    /// <see cref="Wait"/>.
    /// </summary>
    public virtual Task WaitAsync(ulong value)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WhenReached(value, () =>
        {
            if (Completed >= value)
            {
                done.SetResult();
            }
            else
            {
                done.SetException(Failure!);
            }
        });
        return done.Task;
    }

    /// <summary>
    /// Runs the callback once the value is reached or the timeline failed: at once if that is so, else on the thread that signals.
    /// The callback must be short and must not throw.
    /// </summary>
    public void WhenReached(ulong value, Action callback)
    {
        lock (gate)
        {
            if (completed < value && failure is null)
            {
                callbacks.Add((value, callback));
                return;
            }
        }

        callback();
    }

    /// <summary>Throws the failure's cause when the timeline failed short of the value.</summary>
    public void ThrowIfFailedBefore(ulong value)
    {
        if (Completed < value && Failure is { } cause)
        {
            throw cause as FlashMemException ?? cause as OperationCanceledException
                ?? (Exception)new RunFailedException($"{Name}: {cause.Message}", cause);
        }
    }

    private List<Action>? TakeDue()
    {
        List<Action>? due = null;
        for (int i = callbacks.Count - 1; i >= 0; i--)
        {
            if (failure is not null || callbacks[i].Value <= completed)
            {
                (due ??= []).Add(callbacks[i].Callback);
                callbacks.RemoveAt(i);
            }
        }

        due?.Reverse();
        return due;
    }

    private static void Run(List<Action>? due)
    {
        foreach (Action callback in due ?? [])
        {
            callback();
        }
    }
}
