using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// An in-order queue on a queue of the driver. One thread takes commands in order and hands them to the driver ahead of time: a value that
/// a command in the driver's hands will signal becomes an event to wait for there, any other wait (storage, the host) is waited for here.
/// A second thread waits for commands to complete, in order, and then traces and signals. A command whose wait or work fails marks the
/// signal's timeline failed with the cause, and the queue goes on with the next one.
/// </summary>
internal sealed class OpenClQueue : IDeviceQueue, IDisposable
{
    // Commands handed over between two flushes while more are coming and the driver has others.
    private const int FlushInterval = 8;

    // Turns of waiting before a thread sleeps. What a GPU's queue waits for comes within microseconds, and waking takes longer than that;
    // on a small machine, or where kernels run on the processors themselves, the cores have better things to do.
    private const int SpinTurns = 2000;
    private const int ProcessorsToSpin = 8;

    private readonly BlockingCollection<ClSubmission> issued = [];
    private readonly BlockingCollection<ClSubmission> pending = [];
    private readonly ManualResetEventSlim wake;
    private readonly SubmissionWindow window;
    private readonly List<nint> waitEvents = [];
    private readonly Action setWake;
    private readonly TraceLane lane;
    private readonly ClContext context;
    private readonly DeviceClock clock;
    private readonly nint queue;
    private readonly ClCommandEncoder encoder;
    private readonly Thread submitter;
    private readonly Thread completer;
    private DeviceTime lastEnd;
    private int unflushed;
    private bool disposed;

    /// <param name="lane">Lane of its trace events.</param>
    /// <param name="context">The device's context.</param>
    /// <param name="clock">The device's clock.</param>
    /// <param name="submitAhead">Most commands in the driver's hands at one time; see <see cref="SubmissionWindow"/>.</param>
    /// <param name="programs">Null for a queue that moves bytes only.</param>
    /// <param name="fault">Buffer to which kernels report what they cannot do.</param>
    public OpenClQueue(
        TraceLane lane, ClContext context, DeviceClock clock, int submitAhead, ClProgramStore? programs, nint fault)
    {
        this.lane = lane;
        this.context = context;
        this.clock = clock;
        bool spin = context.Device.Kind != OpenClDeviceKind.Cpu && Environment.ProcessorCount >= ProcessorsToSpin;
        wake = new ManualResetEventSlim(false, spin ? SpinTurns : 1);
        setWake = wake.Set;
        window = new SubmissionWindow(submitAhead);
        queue = context.CreateQueue();
        encoder = new ClCommandEncoder(context, queue, programs, fault);
        submitter = new Thread(Submit) { IsBackground = true, Name = $"flashmem opencl {lane} submission" };
        completer = new Thread(Complete) { IsBackground = true, Name = $"flashmem opencl {lane} completion" };
        submitter.Start();
        completer.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace { get; set; }

    public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        issued.Add(new ClSubmission(command, null, waits.ToArray(), signal, clock.Now));

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        issued.Add(new ClSubmission(null, command, waits.ToArray(), signal, clock.Now));

    /// <summary>Finishes what is queued and joins the threads.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        issued.CompleteAdding();
        submitter.Join();
        completer.Join();
        issued.Dispose();
        pending.Dispose();
        wake.Dispose();
        context.ReleaseQueue(queue);
    }

    private void Submit()
    {
        foreach (ClSubmission submission in issued.GetConsumingEnumerable())
        {
            if (!window.TryEnter())
            {
                Flush();
                window.Enter();
            }

            Submit(submission);
            pending.Add(submission);
            if (issued.Count == 0 || unflushed >= FlushInterval || window.Inside <= FlushInterval)
            {
                Flush();
            }
        }

        pending.CompleteAdding();
    }

    private void Submit(ClSubmission submission)
    {
        bool timed = Trace is not null;
        try
        {
            foreach (TimePoint point in submission.Waits)
            {
                Await(submission, point, timed);
            }

            submission.Enqueued = clock.Now;
            encoder.Encode(submission, CollectionsMarshal.AsSpan(waitEvents), timed);
            unflushed++;
            if (submission.FaultRecord.Length == 0 && submission.Signal.Timeline is OpenClTimeline timeline)
            {
                timeline.Publish(submission.Signal.Value, queue, submission.Event);
            }
        }
        catch (Exception cause)
        {
            submission.Failure = cause is FlashMemException or OperationCanceledException
                ? cause
                : new DeviceException($"opencl: '{submission.Name}' failed: {cause.Message}", cause);
        }
        finally
        {
            ReleaseWaitEvents();
        }
    }

    /// <summary>
    /// Makes sure of a wait: it is reached, or its event is in <see cref="waitEvents"/>, or the order of this queue covers it. Throws the cause
    /// when it failed.
    /// </summary>
    private void Await(ClSubmission submission, TimePoint point, bool timed)
    {
        bool watching = false;
        while (!point.IsReached)
        {
            wake.Reset();
            point.Timeline.ThrowIfFailedBefore(point.Value);
            var timeline = point.Timeline as OpenClTimeline;
            if (timeline is not null && timeline.TryGetEvent(point.Value, queue, out nint handle))
            {
                if (handle != 0)
                {
                    waitEvents.Add(handle);
                    if (timed)
                    {
                        context.RetainEvent(handle);
                        (submission.Awaited ??= []).Add((point.Timeline.Name, handle));
                    }
                }

                return;
            }

            if (!watching)
            {
                watching = true;
                Flush();
                if (timeline is not null)
                {
                    timeline.WhenKnown(point.Value, setWake);
                }
                else
                {
                    point.Timeline.WhenReached(point.Value, setWake);
                }

                continue;
            }

            wake.Wait();
        }

        if (watching)
        {
            submission.HeldBack = (point.Timeline.Name, clock.Now);
        }
    }

    private void ReleaseWaitEvents()
    {
        foreach (nint handle in waitEvents)
        {
            context.ReleaseEvent(handle);
        }

        waitEvents.Clear();
    }

    private void Flush()
    {
        if (unflushed > 0)
        {
            unflushed = 0;
            _ = context.Api.Flush(queue);
        }
    }

    private void Complete()
    {
        foreach (ClSubmission submission in pending.GetConsumingEnumerable())
        {
            try
            {
                Finish(submission);
            }
            catch (Exception cause)
            {
                submission.Failure ??= cause;
            }

            if (submission.Failure is { } failure)
            {
                submission.Signal.Timeline.Fail(failure);
            }
            else
            {
                submission.Signal.Signal();
            }

            Release(submission);
            window.Leave(submission.Spent);
        }
    }

    private unsafe void Finish(ClSubmission submission)
    {
        if (submission.Event == 0)
        {
            return;
        }

        nint handle = submission.Event;
        int waited = context.Api.WaitForEvents(1, &handle);
        DeviceTime seen = clock.Now;
        int status = 0;
        ClStatus.Check(
            context.Api.GetEventInfo(handle, EventInfo.CommandExecutionStatus, sizeof(int), &status, null), "clGetEventInfo", submission.Name);
        if (status < 0 || waited != 0)
        {
            throw ClStatus.Error(status < 0 ? status : waited, "clWaitForEvents", $"'{submission.Name}' did not complete");
        }

        submission.Started = Profile(submission.FirstEvent != 0 ? submission.FirstEvent : handle, ProfilingInfo.Start);
        submission.Ended = Profile(handle, ProfilingInfo.End);
        AwaitSignals(submission);
        if (submission.FaultRecord.AsSpan().ContainsAnyExcept(0) && submission.Dispatch!.Kernel is IClFallibleKernel kernel)
        {
            submission.Failure = kernel.Explain(submission.FaultRecord);
        }

        if (Trace is { } trace)
        {
            trace.Add(Describe(submission, seen));
        }
    }

    /// <summary>
    /// The driver has seen the commands of other queues complete that this one waited for; their own completion threads may lag behind.
    /// Nobody shall see a signal (or a trace) before those that came first.
    /// </summary>
    private static void AwaitSignals(ClSubmission submission)
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
                    // Failed by the host meanwhile; this command has run all the same.
                }
            }
        }
    }

    private TraceEvent Describe(ClSubmission submission, DeviceTime seen)
    {
        (DeviceTime start, DeviceTime end) = submission is { Started: { } started, Ended: { } ended } && started <= ended
            ? clock.Map(submission.Enqueued, seen, started, ended)
            : (seen, seen);
        DeviceTime began = start;

        // Commands of one queue do not overlap; the mapping's last correction may say so by a hair.
        DeviceTime ready = Later(submission.Issued, lastEnd);
        start = Later(start, ready);
        end = Later(end, start);
        lastEnd = end;

        string? waitedFor = null;
        DeviceTime until = ready;
        if (submission.HeldBack is { } held && held.Until > until)
        {
            (waitedFor, until) = held;
        }

        foreach ((string name, nint awaited) in submission.Awaited ?? [])
        {
            DeviceTime at = Profile(awaited, ProfilingInfo.End) is { } reached && submission.Started is { } from
                ? began - DeviceTime.FromNanoseconds(from > reached ? from - reached : 0)
                : began;
            if (at > until)
            {
                (waitedFor, until) = (name, at);
            }
        }

        return new TraceEvent(lane, 0, submission.Name, ready, start, end, submission.Copy?.Source.Bytes ?? 0, waitedFor);
    }

    // Null where the driver has no such time: some have none for commands that move nothing.
    private unsafe ulong? Profile(nint handle, ProfilingInfo what)
    {
        ulong time = 0;
        return context.Api.GetEventProfilingInfo(handle, what, sizeof(ulong), &time, null) == 0 ? time : null;
    }

    private void Release(ClSubmission submission)
    {
        if (submission.Event != 0)
        {
            (submission.Signal.Timeline as OpenClTimeline)?.Withdraw(submission.Event);
            context.ReleaseEvent(submission.Event);
        }

        if (submission.FirstEvent != 0)
        {
            context.ReleaseEvent(submission.FirstEvent);
        }

        foreach ((_, nint awaited) in submission.Awaited ?? [])
        {
            context.ReleaseEvent(awaited);
        }
    }

    private static DeviceTime Later(DeviceTime a, DeviceTime b) => a > b ? a : b;
}
