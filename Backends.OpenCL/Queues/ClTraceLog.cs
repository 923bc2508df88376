using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// Makes trace events of complete commands. The driver is asked for their times late, when a run is over or many have gathered, because it
/// takes a lock for that. Thread-safe.
/// </summary>
/// <remarks>
/// A command without an event of its own ran between the end of the one before and the start of the next that has one, and not before it was
/// handed over. Of this span it gets its shortest measured time; what is left over stays empty, evenly before each, as in the gaps between
/// commands that have events. So a queue that ran dry looks as idle as it was.
/// </remarks>
/// <param name="lane">Lane of the events.</param>
/// <param name="clock">The device's clock.</param>
internal sealed class ClTraceLog(TraceLane lane, DeviceClock clock)
{
    private const int MostGathered = 4096;

    private readonly object gate = new();
    private readonly List<(ClSubmission[] Group, DeviceTime Seen, ITraceSink Sink)> gathered = [];
    private DeviceTime lastEnd;

    /// <summary>Takes over commands that are complete, and their events.</summary>
    /// <param name="group">In order; the last has an event.</param>
    /// <param name="seen">When they were seen complete.</param>
    /// <param name="sink">Who is told.</param>
    public void Add(ClSubmission[] group, DeviceTime seen, ITraceSink sink)
    {
        lock (gate)
        {
            gathered.Add((group, seen, sink));
            if (gathered.Count >= MostGathered)
            {
                Flush();
            }
        }
    }

    /// <summary>Tells the sinks what they have not been told yet.</summary>
    public void Flush()
    {
        lock (gate)
        {
            foreach ((ClSubmission[] group, DeviceTime seen, ITraceSink sink) in gathered)
            {
                Describe(group, seen, sink);
                foreach (ClSubmission submission in group)
                {
                    submission.ReleaseEvents();
                }
            }

            gathered.Clear();
        }
    }

    private void Describe(ClSubmission[] group, DeviceTime seen, ITraceSink sink)
    {
        ClSubmission last = group[^1];
        (ulong Started, ulong Ended)? times = last.Times();
        (DeviceTime start, DeviceTime end) = times is var (from, to) ? clock.Map(last.Enqueued, seen, from, to) : (seen, seen);
        DescribeShared(group.AsSpan(0, last.SharesEvent ? group.Length : group.Length - 1), start, sink);
        if (!last.SharesEvent)
        {
            sink.Add(Describe(last, start, end, times?.Started));
        }
    }

    private void DescribeShared(ReadOnlySpan<ClSubmission> shared, DeviceTime to, ITraceSink sink)
    {
        if (shared.IsEmpty)
        {
            return;
        }

        DeviceTime from = DeviceTime.Later(shared[0].Enqueued, lastEnd);
        long span = Math.Max(0, (to - from).Picoseconds);
        long busy = 0;
        foreach (ClSubmission submission in shared)
        {
            busy += submission.Bound!.Shortest!.Value.Picoseconds;
        }

        long gap = Math.Max(0, span - busy) / (shared.Length + 1);
        DeviceTime start = from;
        foreach (ClSubmission submission in shared)
        {
            long time = submission.Bound!.Shortest!.Value.Picoseconds;
            start += new DeviceTime(gap);
            DeviceTime end = start + new DeviceTime(busy <= span ? time : (long)((double)time / busy * span));
            sink.Add(Describe(submission, start, end, null));
            start = end;
        }
    }

    private TraceEvent Describe(ClSubmission submission, DeviceTime start, DeviceTime end, ulong? started)
    {
        DeviceTime began = start;

        // Commands of one queue do not overlap; the mapping's last correction may say so by a hair.
        DeviceTime ready = DeviceTime.Later(submission.Issued, lastEnd);
        start = DeviceTime.Later(start, ready);
        end = DeviceTime.Later(end, start);
        lastEnd = end;

        string? waitedFor = null;
        DeviceTime until = ready;
        if (submission.HeldBack is { } held && held.Until > until)
        {
            (waitedFor, until) = held;
        }

        foreach ((string name, ClEvent awaited) in submission.Awaited ?? [])
        {
            DeviceTime at = awaited.Time(ProfilingInfo.End) is { } reached && started is { } from ? began - Nanoseconds(from, reached) : began;
            if (at > until)
            {
                (waitedFor, until) = (name, at);
            }
        }

        return new TraceEvent(lane, 0, submission.Name, ready, start, end, submission.Copy?.Source.Bytes ?? 0, waitedFor);
    }

    /// <summary>From one driver's timestamp to a later one; none when it is not later.</summary>
    private static DeviceTime Nanoseconds(ulong later, ulong earlier) => DeviceTime.FromNanoseconds(later > earlier ? later - earlier : 0);
}
