using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Device;

/// <summary>
/// Lets time go on for whoever waits, on the waiting thread: starts what is due on every lane, then moves to the next event. It starts no
/// thread. When nothing more can happen and the host alone could change that, by signalling a timeline of its own, the waiter is put to
/// sleep as on any device; otherwise waiting is an error. Thread-safe: one thread at a time goes on.
/// </summary>
/// <param name="device">Name of the device, for errors.</param>
/// <param name="loop">Clock and events.</param>
/// <param name="synchronization">What a wait of the host costs beyond what it waits for, in picoseconds.</param>
internal sealed class Simulation(string device, DeviceLoop loop, long synchronization)
{
    private readonly object gate = new();
    private readonly Wake wake = new();
    private readonly List<ILane> lanes = [];
    private readonly List<AsyncWaiter> waiters = [];
    private bool running;
    private bool poked;

    /// <summary>Ends a stalled read with an error, when nothing else can happen; true when there was one.</summary>
    public Func<bool> FailStalled { get; set; } = () => false;

    public void Add(ILane lane)
    {
        lock (gate)
        {
            lanes.Add(lane);
        }
    }

    public void Remove(ILane lane)
    {
        lock (gate)
        {
            lanes.Remove(lane);
        }
    }

    /// <summary>Changes what is queued; waiters look again.</summary>
    public void Issue(TimePoint signal, Action enqueue)
    {
        if (signal.Timeline is SimulatedTimeline timeline)
        {
            timeline.IsSignalledByDevice = true;
        }

        lock (gate)
        {
            enqueue();
        }

        Poke();
    }

    /// <summary>Lets time go on until something is so.</summary>
    /// <param name="done">What to wait for; says the same until time goes on or the host signals.</param>
    /// <param name="awaited">Points by which it will be so.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RunFailedException">It can never be so; names the timelines and values.</exception>
    public void Run(Func<bool> done, Func<IEnumerable<TimePoint>> awaited, CancellationToken cancellationToken = default)
    {
        while (!done())
        {
            long version = wake.Version;
            lock (gate)
            {
                if (GoOn(done, cancellationToken))
                {
                    return;
                }

                foreach (TimePoint point in WaitAnalysis.HostPoints(device, lanes, awaited()))
                {
                    point.Timeline.WhenReached(point.Value, wake.Pulse);
                }
            }

            wake.WaitBeyond(version, cancellationToken);
        }
    }

    /// <summary>
    /// The same without blocking: where it is up to the host, time goes on when the host has signalled, on the host's thread.
    /// </summary>
    public Task RunAsync(Func<bool> done, Func<IEnumerable<TimePoint>> awaited)
    {
        if (done())
        {
            return Task.CompletedTask;
        }

        lock (gate)
        {
            if (GoOn(done, CancellationToken.None))
            {
                return Task.CompletedTask;
            }

            var waiter = new AsyncWaiter(done, awaited);
            waiters.Add(waiter);
            foreach (TimePoint point in WaitAnalysis.HostPoints(device, lanes, awaited()))
            {
                point.Timeline.WhenReached(point.Value, Poke);
            }

            return waiter.Completion.Task;
        }
    }

    /// <summary>Lets time pass, and happen what does meanwhile.</summary>
    public void Pass(long picoseconds)
    {
        lock (gate)
        {
            Settle();
            MoveTo(loop.Now + picoseconds);
        }
    }

    /// <summary>Lets everything happen that can, for the end of the device; what cannot is refused.</summary>
    public void Drain(Exception cause)
    {
        lock (gate)
        {
            while (!GoOn(() => lanes.TrueForAll(lane => lane.IsIdle), CancellationToken.None))
            {
                lanes.ForEach(lane => lane.Refuse(cause));
            }
        }
    }

    // True when done; false when nothing more can happen.
    private bool GoOn(Func<bool> done, CancellationToken cancellationToken)
    {
        if (running)
        {
            throw new InvalidOperationException($"{device}: a callback of a timeline waited for the device");
        }

        running = true;
        try
        {
            long start = loop.Now;
            bool moved = false;
            while (true)
            {
                Settle();
                if (done())
                {
                    Synchronize(moved && loop.Now > start);
                    return true;
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (!loop.Step() && !FailStalled())
                {
                    return false;
                }

                moved = true;
            }
        }
        finally
        {
            running = false;
            if (poked)
            {
                poked = false;
                WakeWaiters();
            }
        }
    }

    private void Synchronize(bool hasWaited)
    {
        if (!hasWaited)
        {
            return;
        }

        MoveTo(loop.Now + synchronization);
    }

    private void MoveTo(long end)
    {
        while (loop.Step(end))
        {
            Settle();
        }

        loop.MoveTo(end);
    }

    private void Settle()
    {
        bool changed;
        do
        {
            changed = false;
            for (int i = 0; i < lanes.Count; i++)
            {
                changed |= lanes[i].Settle();
            }
        }
        while (changed);
    }

    private void Poke()
    {
        wake.Pulse();
        lock (gate)
        {
            if (running)
            {
                poked = true;
            }
            else
            {
                WakeWaiters();
            }
        }
    }

    private void WakeWaiters()
    {
        foreach (AsyncWaiter waiter in waiters.ToArray())
        {
            try
            {
                if (GoOn(waiter.Done, CancellationToken.None))
                {
                    waiters.Remove(waiter);
                    waiter.Completion.TrySetResult();
                    continue;
                }

                foreach (TimePoint point in WaitAnalysis.HostPoints(device, lanes, waiter.Awaited()))
                {
                    if (waiter.Registered.Add(point))
                    {
                        point.Timeline.WhenReached(point.Value, Poke);
                    }
                }
            }
            catch (RunFailedException error)
            {
                waiters.Remove(waiter);
                waiter.Completion.TrySetException(error);
            }
        }
    }

    private sealed record AsyncWaiter(Func<bool> Done, Func<IEnumerable<TimePoint>> Awaited)
    {
        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HashSet<TimePoint> Registered { get; } = [];
    }
}
