using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.ILGPU.Native;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// Commands of a queue that are complete and not yet told to the trace, because asking for their times holds up submissions. The queue's
/// completion thread adds, any thread flushes.
/// </summary>
internal sealed class TraceLog(TraceLane lane, ICommandStream stream)
{
    /// <summary>Commands that are kept at most, so that their events do not grow without bound.</summary>
    private const int Most = 8192;

    private readonly object gate = new();
    private readonly List<(Submission Submission, ITraceSink Sink)> commands = [];
    private DeviceTime lastEnd;

    /// <summary>Takes over a command with both of its markers.</summary>
    public void Add(Submission submission, ITraceSink sink)
    {
        lock (gate)
        {
            commands.Add((submission, sink));
            if (commands.Count >= Most)
            {
                Tell();
            }
        }
    }

    public void Flush()
    {
        lock (gate)
        {
            if (commands.Count > 0)
            {
                LostDevice.Free(stream.Bind);
                Tell();
            }
        }
    }

    private void Tell()
    {
        try
        {
            foreach ((Submission submission, ITraceSink sink) in commands)
            {
                Tell(submission, sink);
            }
        }
        catch (DeviceException)
        {
            // A lost device has no times to tell; whoever closes it must get on, and its commands have said what happened.
        }

        commands.Clear();
    }

    private void Tell(Submission submission, ITraceSink sink)
    {
        (CommandMarker start, CommandMarker end) = (submission.Start!.Value, submission.End!.Value);

        // Commands of one queue do not overlap; the driver's half microseconds may say so by a hair.
        DeviceTime ready = DeviceTime.Later(submission.Issued, lastEnd);
        DeviceTime began = DeviceTime.Later(stream.TimeOf(start), ready);
        DeviceTime ended = DeviceTime.Later(stream.TimeOf(end), began);
        lastEnd = ended;
        sink.Add(new TraceEvent(
            lane, 0, submission.Name, ready, began, ended, submission.Copy?.Source.Bytes ?? 0, submission.WaitedFor));
        stream.Recycle(start);
        stream.Recycle(end);
    }
}
