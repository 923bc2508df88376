using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads in the order issued. Threads take the head once its waits are reached; a head that waits holds back all later reads. Also keeps,
/// per timeline, which reads are done, so that signals are raised in issue order. Thread-safe; never calls a timeline's waiters while
/// it holds its lock.
/// </summary>
internal sealed class ReadQueue(Func<DeviceTime> clock)
{
    private readonly object gate = new();
    private readonly Queue<PendingRead> waiting = new();
    private readonly Dictionary<Timeline, SignalOrder> orders = [];
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
                if (waiting.TryPeek(out PendingRead? head) && head.IsReady(Wake))
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

        ulong? reached;
        TaskCompletionSource[] drained = [];
        lock (gate)
        {
            SignalOrder order = orders[read.Signal.Timeline];
            reached = order.Complete(read);
            if (order.IsEmpty)
            {
                orders.Remove(read.Signal.Timeline);
            }

            running--;
            if (running == 0 && waiting.Count == 0)
            {
                drained = [.. drains];
                drains.Clear();
            }
        }

        if (reached is { } value)
        {
            read.Signal.Timeline.Signal(value);
        }

        foreach (TaskCompletionSource drain in drained)
        {
            drain.SetResult();
        }
    }

    /// <summary>Completes when no read is waiting or running, so that no target belongs to the storage.</summary>
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
