using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads in the order issued. Threads take the head once its waits are reached and nobody checks bytes where it writes; a head that waits
/// holds back all later reads. Also keeps, per timeline, which reads are done, so that signals are raised in issue order. Thread-safe;
/// never calls a timeline's waiters while it holds its lock.
/// </summary>
internal sealed class ReadQueue(Func<DeviceTime> clock)
{
    private readonly object gate = new();
    private readonly Queue<PendingRead> waiting = new();
    private readonly Dictionary<Timeline, SignalOrder> orders = [];
    private readonly List<PendingRead> uncheckedReads = [];
    private readonly List<TaskCompletionSource> drains = [];
    private int running;
    private bool closed;

    public void Add(PendingRead read)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, typeof(FileWeightStorage));
            if (!orders.TryGetValue(read.Signal.Timeline, out SignalOrder? order))
            {
                orders.Add(read.Signal.Timeline, order = new SignalOrder());
            }

            order.Issue(read);
            waiting.Enqueue(read);
            if (waiting.Count == 1)
            {
                OnNewHead(read);
            }
        }
    }

    /// <summary>Blocks until a read may start; null when the queue was closed and everything left has been taken.</summary>
    public PendingRead? Take()
    {
        lock (gate)
        {
            while (true)
            {
                if (waiting.TryPeek(out PendingRead? head) && head.IsReady(Wake) && !WritesToUnchecked(head))
                {
                    waiting.Dequeue();
                    running++;
                    if (waiting.TryPeek(out PendingRead? next))
                    {
                        OnNewHead(next);
                    }

                    return head;
                }

                if (closed && waiting.Count == 0)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>Marks a read that was taken as done, well or not, and raises what its timeline may now be raised to.</summary>
    public void Complete(PendingRead read, Exception? failure)
    {
        if (failure is not null)
        {
            // First, so that no later read on this timeline can signal past the failed one.
            read.Signal.Timeline.Fail(failure);
        }

        Arrive(read, mustBeChecked: false);
        End(read);
    }

    /// <summary>
    /// Raises what the read's timeline may be raised to although its bytes are still to be checked; until then nothing is read to where
    /// they are. <see cref="Checked"/> must follow.
    /// </summary>
    public void ArriveUnchecked(PendingRead read) => Arrive(read, mustBeChecked: true);

    /// <summary>Ends a read that arrived unchecked; a failure fails its timeline.</summary>
    public void Checked(PendingRead read, Exception? failure)
    {
        if (failure is not null)
        {
            read.Signal.Timeline.Fail(failure);
        }

        End(read);
    }

    /// <summary>Completes when no read is waiting, running or unchecked, so that no target belongs to the storage.</summary>
    public Task DrainAsync()
    {
        lock (gate)
        {
            if (running == 0 && waiting.Count == 0)
            {
                return Task.CompletedTask;
            }

            var drain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drains.Add(drain);
            return drain.Task;
        }
    }

    /// <summary>Refuses what has not started and lets the threads go when it is gone.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            foreach (PendingRead read in waiting)
            {
                read.Refusal ??= new OperationCanceledException($"the storage was closed before it read {read.Command.Label}");
            }

            Monitor.PulseAll(gate);
        }
    }

    private void Arrive(PendingRead read, bool mustBeChecked)
    {
        ulong? reached;
        lock (gate)
        {
            SignalOrder order = orders[read.Signal.Timeline];
            reached = order.Complete(read);
            if (order.IsEmpty)
            {
                orders.Remove(read.Signal.Timeline);
            }

            if (mustBeChecked)
            {
                uncheckedReads.Add(read);
            }
        }

        if (reached is { } value)
        {
            read.Signal.Timeline.Signal(value);
        }
    }

    private void End(PendingRead read)
    {
        TaskCompletionSource[] drained = [];
        lock (gate)
        {
            if (uncheckedReads.Remove(read))
            {
                Monitor.Pulse(gate);
            }

            running--;
            if (running == 0 && waiting.Count == 0)
            {
                drained = [.. drains];
                drains.Clear();
            }
        }

        foreach (TaskCompletionSource drain in drained)
        {
            drain.SetResult();
        }
    }

    private bool WritesToUnchecked(PendingRead read)
    {
        foreach (PendingRead other in uncheckedReads)
        {
            if (other.Command.Target.Overlaps(read.Command.Target))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Notes the time, and wakes a thread unless the read has to wait: then its timeline does.</summary>
    private void OnNewHead(PendingRead head)
    {
        head.Ready = clock();
        if (head.IsReady(Wake))
        {
            Monitor.Pulse(gate);
        }
    }

    private void Wake()
    {
        lock (gate)
        {
            Monitor.Pulse(gate);
        }
    }
}
