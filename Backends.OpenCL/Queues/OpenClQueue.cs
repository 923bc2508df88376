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

    private readonly BlockingCollection<ClSubmission> issued = [];
    private readonly List<ClSubmission> open = [];
    private readonly EventSharing sharing = new();
    private readonly ManualResetEventSlim wake;
    private readonly SubmissionWindow window;
    private readonly List<ClEvent> waitEvents = [];
    private readonly List<nint> waitHandles = [];
    private readonly Action setWake;
    private readonly ClContext context;
    private readonly DeviceClock clock;
    private readonly nint queue;
    private readonly ClCommandEncoder encoder;
    private readonly ClCompletion completion;
    private readonly Thread submitter;
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
        this.context = context;
        this.clock = clock;

        // Where kernels run on the processors themselves, none is to spare.
        bool spin = context.Device.Kind != OpenClDeviceKind.Cpu && SpareProcessors.Exist;
        wake = new ManualResetEventSlim(false, spin ? SpareProcessors.SpinTurns : 1);
        setWake = wake.Set;
        window = new SubmissionWindow(submitAhead);
        queue = context.CreateQueue();
        encoder = new ClCommandEncoder(context, queue, programs, fault);
        submitter = new Thread(Submit) { IsBackground = true, Name = $"flashmem opencl {lane} submission" };
        completion = new ClCompletion(lane, context, clock, window);
        submitter.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace
    {
        get => completion.Trace;
        set => completion.Trace = value;
    }

    public void FlushTrace() => completion.FlushTrace();

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
        completion.Dispose();
        issued.Dispose();
        wake.Dispose();
        context.ReleaseQueue(queue);
    }

    private void Submit()
    {
        foreach (ClSubmission submission in issued.GetConsumingEnumerable())
        {
            if (!window.TryEnter())
            {
                HandOver();
                window.Enter();
            }

            Submit(submission);
            if (issued.Count == 0)
            {
                HandOver();
            }
            else if (unflushed >= FlushInterval || window.Inside <= FlushInterval)
            {
                Flush();
            }
        }

        HandOver();
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

            submission.SharesEvent = Shares(submission);
            submission.Enqueued = clock.Now;
            encoder.Encode(submission, CollectionsMarshal.AsSpan(waitHandles), timed);
            unflushed++;
            if (submission.SharesEvent)
            {
                open.Add(submission);
                return;
            }

            if (submission.FaultRecord.Length == 0)
            {
                Publish(submission);
            }

            completion.Add([.. open, submission]);
            open.Clear();
        }
        catch (Exception cause)
        {
            // Those before it have run all the same.
            Close();
            submission.Failure = cause is FlashMemException or OperationCanceledException
                ? cause
                : new DeviceException($"opencl: '{submission.Name}' failed: {cause.Message}", cause);
            completion.Add([submission]);
        }
        finally
        {
            foreach (ClEvent awaited in waitEvents)
            {
                awaited.Release();
            }

            waitEvents.Clear();
            waitHandles.Clear();
        }
    }

    private bool Shares(ClSubmission submission)
    {
        if (submission.Dispatch is not { } dispatch)
        {
            return false;
        }

        ClBoundCommand bound = submission.Bound = encoder.Bind(dispatch);
        bool mustHave = bound.IsFallible || !dispatch.Moves.IsEmpty || waitEvents.Count > 0;
        return !sharing.NeedsEvent(bound.Shortest, bound.Uses++, mustHave);
    }

    private void Publish(ClSubmission submission) =>
        (submission.Signal.Timeline as OpenClTimeline)?.Publish(submission.Signal.Value, queue, submission.Event!.Share());

    /// <summary>Commands that share an event get it now: nobody knows when the next command comes.</summary>
    private void Close()
    {
        sharing.Close();
        if (open.Count == 0)
        {
            return;
        }

        ClSubmission last = open[^1];
        try
        {
            encoder.Mark(last);
            Publish(last);
        }
        catch (DeviceException cause)
        {
            foreach (ClSubmission submission in open)
            {
                submission.Failure = cause;
            }
        }

        completion.Add([.. open]);
        open.Clear();
    }

    private void HandOver()
    {
        Close();
        Flush();
    }

    /// <summary>
    /// Makes sure of a wait: it is reached, or its event is in <see cref="waitEvents"/>, or the order of this queue covers it. Throws the cause
    /// when it failed.
    /// </summary>
    private void Await(ClSubmission submission, TimePoint point, bool timed)
    {
        if (open.Count > 0 && point.Timeline == open[^1].Signal.Timeline && point.Value <= open[^1].Signal.Value)
        {
            // In the driver's hands, on this queue; only failures of the timeline count.
            point.Timeline.ThrowIfFailedBefore(point.Value);
            return;
        }

        bool watching = false;
        while (!point.IsReached)
        {
            point.Timeline.ThrowIfFailedBefore(point.Value);
            var timeline = point.Timeline as OpenClTimeline;
            if (timeline is not null && timeline.TryGetEvent(point.Value, queue, out ClEvent? reached))
            {
                if (reached is not null)
                {
                    waitEvents.Add(reached);
                    waitHandles.Add(reached.Handle);
                    if (timed)
                    {
                        (submission.Awaited ??= []).Add((point.Timeline.Name, reached.Share()));
                    }
                }

                return;
            }

            if (!watching)
            {
                watching = true;
                HandOver();
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

            // Reset only here, before the next look: what is said between a look and the wait must end the wait.
            wake.Wait();
            wake.Reset();
        }

        if (watching)
        {
            submission.HeldBack = (point.Timeline.Name, clock.Now);
        }
    }

    private void Flush()
    {
        if (unflushed > 0)
        {
            unflushed = 0;
            _ = context.Api.Flush(queue);
        }
    }
}
