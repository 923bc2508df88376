using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// The second half of a queue: one thread waits for commands in the driver's hands to complete, in order, then traces, signals and gives their
/// places in the window back.
/// </summary>
internal sealed class Completion : IDisposable
{
    private readonly BlockingCollection<Submission> pending = [];
    private readonly ICommandStream stream;
    private readonly SemaphoreSlim window;
    private readonly TraceLog log;
    private readonly Thread thread;

    /// <param name="lane">Lane of the queue's trace events.</param>
    /// <param name="stream">Where the commands run.</param>
    /// <param name="window">Where commands give their places back.</param>
    public Completion(TraceLane lane, ICommandStream stream, SemaphoreSlim window)
    {
        this.stream = stream;
        this.window = window;
        log = new TraceLog(lane, stream);
        thread = new Thread(Complete) { IsBackground = true, Name = $"flashmem ilgpu {lane} completion" };
        thread.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace { get; set; }

    public void Add(Submission submission) => pending.Add(submission);

    public void FlushTrace() => log.Flush();

    /// <summary>Waits for all that was added and joins the thread.</summary>
    public void Dispose()
    {
        pending.CompleteAdding();
        thread.Join();
        pending.Dispose();
        log.Flush();
    }

    private void Complete()
    {
        stream.Bind();
        foreach (Submission submission in pending.GetConsumingEnumerable())
        {
            try
            {
                if (submission.End is { } end)
                {
                    stream.Await(end, submission.Name);
                    AwaitSignals(submission);
                }
            }
            catch (Exception cause)
            {
                submission.Failure ??= cause;
            }

            ITraceSink? sink = submission is { Start: not null, End: not null, Failure: null } ? Trace : null;
            if (sink is not null)
            {
                // Before the signal, so that whoever saw it finds the command in the trace.
                log.Add(submission, sink);
            }

            if (submission.Failure is { } failure)
            {
                submission.Signal.Timeline.Fail(failure);
            }
            else
            {
                submission.Signal.Signal();
            }

            if (submission.End is { } reached)
            {
                (submission.Signal.Timeline as IlgpuTimeline)?.Withdraw(reached);
            }

            if (sink is null)
            {
                Recycle(submission);
            }

            window.Release();
        }
    }

    /// <summary>
    /// The device has completed the commands of other queues that this one waited for; their own threads may lag behind. Nobody shall see a
    /// signal, or a trace, before those that came first.
    /// </summary>
    private static void AwaitSignals(Submission submission)
    {
        foreach (TimePoint point in submission.Waits)
        {
            if (!point.IsReached && point.Timeline.Failure is null)
            {
                try
                {
                    point.Wait();
                }
                catch (Exception cause) when (cause is FlashMemException or OperationCanceledException)
                {
                    // Failed meanwhile; this command has run all the same.
                }
            }
        }
    }

    private void Recycle(Submission submission)
    {
        if (submission.Start is { } start)
        {
            stream.Recycle(start);
        }

        if (submission.End is { } end)
        {
            stream.Recycle(end);
        }
    }
}
