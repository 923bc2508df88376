using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// The second half of a queue: one thread waits for commands in the driver's hands to complete, in order, and then signals, traces and
/// gives their places in the window back. It asks the driver for as little as it can: every question holds up a submission.
/// </summary>
internal sealed class ClCompletion : IDisposable
{
    private readonly BlockingCollection<ClSubmission[]> pending = [];
    private readonly ClContext context;
    private readonly DeviceClock clock;
    private readonly SubmissionWindow window;
    private readonly ClTraceLog log;
    private readonly Thread thread;
    private int copies;

    /// <param name="lane">Lane of the queue's trace events.</param>
    /// <param name="context">The device's context.</param>
    /// <param name="clock">The device's clock.</param>
    /// <param name="window">Where commands give their places back.</param>
    public ClCompletion(TraceLane lane, ClContext context, DeviceClock clock, SubmissionWindow window)
    {
        this.context = context;
        this.clock = clock;
        this.window = window;
        log = new ClTraceLog(lane, clock);
        thread = new Thread(Complete) { IsBackground = true, Name = $"flashmem opencl {lane} completion" };
        thread.Start();
    }

    /// <summary>Receives trace events; null records nothing.</summary>
    public ITraceSink? Trace { get; set; }

    /// <summary>Takes over commands that one event completes.</summary>
    /// <param name="group">In order; the last has the event, or is alone and failed before it had one.</param>
    public void Add(ClSubmission[] group) => pending.Add(group);

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
        foreach (ClSubmission[] group in pending.GetConsumingEnumerable())
        {
            ClSubmission last = group[^1];
            DeviceTime? spent = null;
            try
            {
                spent = Await(group);
            }
            catch (Exception cause)
            {
                foreach (ClSubmission submission in group)
                {
                    submission.Failure ??= cause;
                }
            }

            bool traced = false;
            if (Trace is { } sink && last.Event is not null && last.Failure is null)
            {
                log.Add(group, clock.Now, sink);
                traced = true;
            }

            foreach (ClSubmission submission in group)
            {
                AwaitSignals(submission);
                if (submission.Failure is { } failure)
                {
                    submission.Signal.Timeline.Fail(failure);
                }
                else
                {
                    submission.Signal.Signal();
                }

                window.Leave(submission == last ? spent : submission.Bound?.Shortest);
            }

            Release(group, traced);
        }
    }

    /// <summary>Nobody needs to wait for the group's event any more; what is traced keeps it until it is described.</summary>
    private static void Release(ClSubmission[] group, bool traced)
    {
        if (group[^1].Event is { } reached && group[^1].Signal.Timeline is OpenClTimeline timeline && timeline.Withdraw(reached))
        {
            // The timeline had an owner's share of its own.
            reached.Release();
        }

        if (!traced)
        {
            foreach (ClSubmission submission in group)
            {
                submission.ReleaseEvents();
            }
        }
    }

    /// <summary>Blocks until the group is complete; returns how long its last command took, if that was asked.</summary>
    private DeviceTime? Await(ClSubmission[] group)
    {
        ClSubmission last = group[^1];
        if (last.Event is not { } reached)
        {
            return null;
        }

        Await(reached, last.Name);
        DeviceTime? spent = TimeOf(last);
        if (last.FaultRecord.AsSpan().ContainsAnyExcept(0) && last.Dispatch!.Kernel is IClFallibleKernel kernel)
        {
            last.Failure = kernel.Explain(last.FaultRecord);
        }

        return spent;
    }

    private unsafe void Await(ClEvent reached, string name)
    {
        nint handle = reached.Handle;
        int waited = context.Api.WaitForEvents(1, &handle);
        if (waited != 0)
        {
            int status = 0;
            _ = context.Api.GetEventInfo(handle, EventInfo.CommandExecutionStatus, sizeof(int), &status, null);
            throw ClStatus.Error(status < 0 ? status : waited, "clWaitForEvents", $"'{name}' did not complete");
        }
    }

    /// <summary>Dispatches are timed when they had an event of their own, copies now and then.</summary>
    private DeviceTime? TimeOf(ClSubmission submission)
    {
        if (submission.SharesEvent || (submission.Bound is null && copies++ % EventSharing.OwnEventEvery != 0))
        {
            return submission.Bound?.Shortest;
        }

        if (submission.Times() is not var (started, ended))
        {
            return null;
        }

        var spent = new DeviceTime((long)(ended - started) * 1000);

        // Without a trace there is no event of the first part: then only commands of one part are known.
        if (submission.FirstEvent is not null || submission.Bound?.Parts == 1)
        {
            submission.Bound?.Took(spent);
        }

        return spent;
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
}
