using System.Diagnostics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads in the order issued. Threads take slices of the head once its waits are reached; a head that waits holds back all later reads. Also
/// keeps, per timeline, which reads are done, so that signals are raised in issue order. Thread-safe; never calls a timeline's waiters while
/// it holds its lock.
/// </summary>
/// <param name="clock">Notes when reads become heads and begin.</param>
/// <param name="threads">How many threads take slices.</param>
/// <param name="sliceBytes">Most bytes of a slice, a multiple of 4096.</param>
/// <param name="spins">A few threads watch for work for a while before they sleep: waking them would take as long as a slice.</param>
internal sealed class ReadQueue(Func<DeviceTime> clock, int threads, int sliceBytes, bool spins)
{
    /// <summary>Reads of at most this many bytes, rows of a table, take less time than handing them over: a thread takes several at once.</summary>
    private const int SmallBytes = 16 << 10;

    // About as long as waking a thread takes a few times over.
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(200);
    private const int SpinTurns = 20;

    /// <summary>As many threads as share a chunk: woken one by the other, the last would begin when the first is done.</summary>
    private const int MostSpinning = 4;

    private readonly object gate = new();
    private readonly Queue<PendingRead> waiting = new();
    private readonly Dictionary<Timeline, SignalOrder> orders = [];
    private readonly List<TaskCompletionSource> drains = [];
    private readonly List<bool> lanes = [];
    private int running;
    private int changes;
    private int spinning;
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
            if (waiting.Count == 1 && BecomesHead(read))
            {
                Announce();
            }
        }
    }

    /// <summary>
    /// Blocks until something may be read and adds it: a slice, or the thread's share of the small reads that are ready. False when the queue was
    /// closed and everything left has been taken.
    /// </summary>
    public bool Take(List<ReadSlice> taken)
    {
        lock (gate)
        {
            while (true)
            {
                if (waiting.TryPeek(out PendingRead? head) && head.IsReady(Wake))
                {
                    TakeFrom(head, taken);
                    return true;
                }

                if (closed && waiting.Count == 0)
                {
                    return false;
                }

                if (!spins || spinning == MostSpinning || !SpinUntilChange())
                {
                    Monitor.Wait(gate);
                }
            }
        }
    }

    /// <summary>Marks a slice as done, well or not. True when its read has no others: then the caller completes the read.</summary>
    public bool Join(ReadSlice slice, ReadOutcome outcome, Exception? failure)
    {
        lock (gate)
        {
            return slice.Read.Join(outcome, failure);
        }
    }

    /// <summary>Marks a read whose slices are all done as complete, well or not, and raises what its timeline may now be raised to.</summary>
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

            lanes[read.Lane] = false;
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
            changes++;
            foreach (PendingRead read in waiting)
            {
                read.Refusal ??= new OperationCanceledException($"the storage was closed before it read {read.Command.Label}");
            }

            Monitor.PulseAll(gate);
        }
    }

    private void TakeFrom(PendingRead head, List<ReadSlice> taken)
    {
        int share = Math.Max(1, waiting.Count / threads);
        while (true)
        {
            taken.Add(SliceOf(head));
            if (!head.IsTaken)
            {
                Announce();
                return;
            }

            bool small = head.Command.Bytes <= SmallBytes;
            waiting.Dequeue();
            if (!waiting.TryPeek(out PendingRead? next) || !BecomesHead(next))
            {
                return;
            }

            if (!small || next.Command.Bytes > SmallBytes || taken.Count >= share)
            {
                Announce();
                return;
            }

            head = next;
        }
    }

    private ReadSlice SliceOf(PendingRead read)
    {
        ReadSlice slice = read.Slice(sliceBytes, clock());
        if (slice.Offset == 0)
        {
            read.Lane = FreeLane();
            running++;
        }

        return slice;
    }

    private int FreeLane()
    {
        int lane = lanes.IndexOf(false);
        if (lane < 0)
        {
            lane = lanes.Count;
            lanes.Add(false);
        }

        lanes[lane] = true;
        return lane;
    }

    /// <summary>Watches for work without the lock; false when none came.</summary>
    private bool SpinUntilChange()
    {
        int seen = changes;
        spinning++;
        Monitor.Exit(gate);
        long began = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref changes) == seen && Stopwatch.GetElapsedTime(began) < SpinTime)
        {
            Thread.SpinWait(SpinTurns);
        }

        Monitor.Enter(gate);
        spinning--;
        return changes != seen;
    }

    /// <summary>There is work for one more thread.</summary>
    private void Announce()
    {
        changes++;
        Monitor.Pulse(gate);
    }

    /// <summary>Notes the time. False when the read has to wait: then its timeline wakes a thread.</summary>
    private bool BecomesHead(PendingRead read)
    {
        read.Ready = clock();
        return read.IsReady(Wake);
    }

    private void Wake()
    {
        lock (gate)
        {
            Announce();
        }
    }
}
