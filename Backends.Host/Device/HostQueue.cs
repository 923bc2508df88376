using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Backends.Host;

/// <summary>
/// An in-order queue served by one thread of its own. A command whose wait or work fails marks the signal's timeline failed with the
/// cause, and the queue goes on with the next one.
/// </summary>
internal sealed class HostQueue : IDeviceQueue, IDisposable
{
    private readonly BlockingCollection<Entry> entries = [];
    private readonly Thread thread;
    private readonly TraceLane lane;
    private readonly Action<DispatchCommand> dispatch;
    private readonly Func<DeviceTime> clock;
    private bool disposed;

    /// <param name="lane">Lane of its trace events.</param>
    /// <param name="dispatch">Runs a kernel and returns when it is done.</param>
    /// <param name="clock">The device's clock.</param>
    public HostQueue(TraceLane lane, Action<DispatchCommand> dispatch, Func<DeviceTime> clock)
    {
        this.lane = lane;
        this.dispatch = dispatch;
        this.clock = clock;
        thread = new Thread(Serve) { IsBackground = true, Name = $"flashmem {lane} queue" };
        thread.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace { get; set; }

    public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        entries.Add(new Entry(command, null, waits.ToArray(), signal));

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        entries.Add(new Entry(null, command, waits.ToArray(), signal));

    /// <summary>Finishes what is queued and joins the thread.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        entries.CompleteAdding();
        thread.Join();
        entries.Dispose();
    }

    private static unsafe void Copy(CopyCommand command) => Buffer.MemoryCopy(
        (void*)command.Source.HostAddress, (void*)command.Target.HostAddress, command.Target.Bytes, command.Source.Bytes);

    private void Serve()
    {
        foreach (Entry entry in entries.GetConsumingEnumerable())
        {
            DeviceTime ready = clock();
            try
            {
                string? waitedFor = Wait(entry.Waits);
                DeviceTime start = waitedFor is null ? ready : clock();
                Run(entry);
                Trace?.Add(new TraceEvent(lane, 0, entry.Name, ready, start, clock(), entry.Move?.Source.Bytes ?? 0, waitedFor));
                entry.Signal.Signal();
            }
            catch (Exception cause)
            {
                entry.Signal.Timeline.Fail(cause);
            }
        }
    }

    private void Run(Entry entry)
    {
        try
        {
            foreach (CopyCommand move in entry.Command?.Moves ?? [])
            {
                Copy(move);
            }

            if (entry.Command is { } command)
            {
                dispatch(command);
            }
            else
            {
                Copy(entry.Move!);
            }
        }
        catch (Exception cause) when (cause is not FlashMemException)
        {
            throw new RunFailedException($"host: '{entry.Name}' failed: {cause.Message}", cause);
        }
    }

    // Name of the last timeline that had to be waited for; null when all points were already reached.
    private static string? Wait(TimePoint[] waits)
    {
        string? waitedFor = null;
        foreach (TimePoint point in waits)
        {
            if (!point.IsReached)
            {
                waitedFor = point.Timeline.Name;
                point.Wait();
            }
        }

        return waitedFor;
    }

    private sealed record Entry(DispatchCommand? Command, CopyCommand? Move, TimePoint[] Waits, TimePoint Signal)
    {
        public string Name => Command?.Kernel.Desc.Name ?? Move!.Label;
    }
}
