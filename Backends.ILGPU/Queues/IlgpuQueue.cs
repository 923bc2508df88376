using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.ILGPU.Programs;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// An in-order queue on a stream. One thread takes commands in order and hands them to the stream ahead of time: a value that a command in the
/// driver's hands will signal becomes a marker to wait for on the device, any other wait (storage, the host) is waited for here. A second thread
/// waits for commands to complete, traces and signals. A command whose wait or work fails marks the signal's timeline failed with the cause, and
/// the queue goes on with the next one.
/// </summary>
internal sealed class IlgpuQueue : IDeviceQueue, IDisposable
{
    private readonly BlockingCollection<Submission> issued = [];
    private readonly ManualResetEventSlim wake = new(false, SpareProcessors.Exist ? SpareProcessors.SpinTurns : 1);
    private readonly SemaphoreSlim window;
    private readonly ICommandStream stream;
    private readonly DeviceClock clock;
    private readonly LaunchContext? launches;
    private readonly Completion completion;
    private readonly Thread submitter;
    private readonly Action setWake;
    private bool disposed;

    /// <param name="lane">Lane of its trace events.</param>
    /// <param name="stream">Owned by the queue.</param>
    /// <param name="clock">The device's clock.</param>
    /// <param name="submitAhead">Most commands in the driver's hands at one time.</param>
    /// <param name="launches">What kernels are launched with; null for a queue that moves bytes only.</param>
    public IlgpuQueue(TraceLane lane, ICommandStream stream, DeviceClock clock, int submitAhead, LaunchContext? launches)
    {
        this.stream = stream;
        this.clock = clock;
        this.launches = launches;
        setWake = wake.Set;
        window = new SemaphoreSlim(submitAhead);
        completion = new Completion(lane, stream, window);
        submitter = new Thread(Submit) { IsBackground = true, Name = $"flashmem ilgpu {lane} submission" };
        submitter.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace
    {
        get => completion.Trace;
        set => completion.Trace = value;
    }

    /// <summary>Tells the trace of all commands that are complete. Their times are asked for here, where no command waits for the answer.</summary>
    public void FlushTrace() => completion.FlushTrace();

    public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        issued.Add(new Submission(command, null, waits.ToArray(), signal, clock.Now));

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        issued.Add(new Submission(null, command, waits.ToArray(), signal, clock.Now));

    /// <summary>Finishes what is queued, joins the threads and frees the stream.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        issued.CompleteAdding();
        submitter.Join();
        completion.Dispose();
        issued.Dispose();
        wake.Dispose();
        window.Dispose();
        stream.Dispose();
    }

    private void Submit()
    {
        stream.Bind();
        foreach (Submission submission in issued.GetConsumingEnumerable())
        {
            window.Wait();
            Submit(submission);
            completion.Add(submission);
        }
    }

    private void Submit(Submission submission)
    {
        try
        {
            foreach (TimePoint point in submission.Waits)
            {
                Await(submission, point);
            }

            submission.Start = Trace is null ? null : stream.Mark(submission.Name);
            Encode(submission);
            submission.End = stream.Mark(submission.Name);
            if (submission.Dispatch?.Kernel is IlgpuKernel { IsFallible: true } fallible)
            {
                // Whoever waits for its result must not start when it failed.
                stream.Await(submission.End.Value, submission.Name);
                submission.Failure = launches!.Fault.Read() is { } record ? fallible.Explain(record) : null;
            }

            if (stream.OrdersOnDevice && submission.Failure is null)
            {
                (submission.Signal.Timeline as IlgpuTimeline)?.Publish(submission.Signal.Value, stream, submission.End.Value);
            }
        }
        catch (Exception cause)
        {
            submission.Failure = cause is FlashMemException or OperationCanceledException
                ? cause
                : new DeviceException($"ilgpu: '{submission.Name}' failed: {cause.Message}", cause);
        }
    }

    private void Encode(Submission submission)
    {
        if (submission.Copy is { } copy)
        {
            stream.Copy(copy);
            return;
        }

        DispatchCommand command = submission.Dispatch!;
        if (!command.Moves.IsEmpty)
        {
            throw new DeviceException($"ilgpu: kernel '{submission.Name}' cannot carry moves");
        }

        (launches ?? throw new InvalidOperationException($"kernel '{submission.Name}' on a queue for copies"))
            .Launch((IlgpuKernel)command.Kernel, command, stream.Stream);
    }

    /// <summary>Makes sure of a wait: it is reached, or the stream waits for it. Throws the cause when it failed.</summary>
    private void Await(Submission submission, TimePoint point)
    {
        bool watching = false;
        while (!point.IsReached)
        {
            submission.WaitedFor = point.Timeline.Name;
            point.Timeline.ThrowIfFailedBefore(point.Value);
            var timeline = stream.OrdersOnDevice ? point.Timeline as IlgpuTimeline : null;
            if (timeline is not null && timeline.TryWait(point.Value, stream, submission.Name))
            {
                return;
            }

            if (watching)
            {
                // Reset only here, before the next look: what is said between a look and the wait must end the wait.
                wake.Wait();
                wake.Reset();
                continue;
            }

            watching = true;
            if (timeline is not null)
            {
                timeline.WhenKnown(point.Value, setWake);
            }
            else
            {
                point.Timeline.WhenReached(point.Value, setWake);
            }
        }
    }
}
