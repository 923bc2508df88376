using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The reads of one weight file on the device's storage channel. A read whose waits or whose own timeline failed does not start. Since the
/// channel completes reads in the order in which they start, a signal never comes before those of earlier reads.
/// </summary>
/// <param name="simulation">Lets time go on.</param>
/// <param name="loop">The clock.</param>
/// <param name="channel">The device's storage.</param>
/// <param name="values">Takes the bytes from the file when a read is complete; null without values.</param>
/// <param name="trace">Where trace events go at the moment.</param>
/// <param name="name">Name of the device, for errors.</param>
internal sealed class SimulatedStorage(
    Simulation simulation, DeviceLoop loop, StorageChannel channel, FileValues? values, Func<ITraceSink?> trace, string name)
    : IWeightStorage, ILane
{
    private readonly Queue<PendingRead> queued = new();
    private readonly List<PendingRead> running = [];
    private bool closed;

    public bool IsIdle => queued.Count == 0 && running.Count == 0;

    public IEnumerable<TimePoint> HeadWaits => queued.TryPeek(out PendingRead? head) ? head.OpenWaits : [];

    public void Read(ReadCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(command.FileOffset, nameof(command));
        ArgumentOutOfRangeException.ThrowIfNegative(command.Bytes, nameof(command));
        if (command.Target.Bytes < command.Bytes)
        {
            throw new ArgumentException(
                $"'{command.Label}' reads {command.Bytes} bytes into a range of {command.Target.Bytes} bytes", nameof(command));
        }

        var read = new PendingRead(command, waits.ToArray(), signal);
        simulation.Issue(signal, () =>
        {
            read.Ready = new DeviceTime(loop.Now);
            read.Refuse(closed ? new RunFailedException($"{name}: storage was closed before '{command.Label}' was read") : null);
            queued.Enqueue(read);
        });
    }

    public bool WillReach(TimePoint point) => running.Concat(queued)
        .Any(read => read.Signal.Timeline == point.Timeline && read.Signal.Value >= point.Value);

    public bool Settle()
    {
        bool changed = false;
        while (queued.TryPeek(out PendingRead? head))
        {
            head.Refuse(head.Signal.Timeline.Failure);
            if (!head.IsDue() || (head.Refusal is null && !channel.IsFree))
            {
                break;
            }

            changed = true;
            queued.Dequeue();
            if (queued.TryPeek(out PendingRead? next))
            {
                next.Ready = new DeviceTime(loop.Now);
            }

            if (head.Refusal is { } refusal)
            {
                head.Signal.Timeline.Fail(refusal);
                continue;
            }

            running.Add(head);
            channel.Start(new StorageRequest(
                () => RangeOf(head.Command), head.Command.Bytes, (request, failure) => Complete(head, request, failure)));
        }

        return changed;
    }

    public void Refuse(Exception cause)
    {
        foreach (PendingRead read in queued)
        {
            read.Refuse(cause);
        }
    }

    public Task DrainAsync() => simulation.RunAsync(() => IsIdle, () => HeadWaits);

    /// <summary>Refuses the reads that have not started, waits for the few that have, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closed)
        {
            return;
        }

        closed = true;
        Refuse(new RunFailedException($"{name}: storage was closed"));
        await DrainAsync().ConfigureAwait(false);
        simulation.Remove(this);
        if (values is not null)
        {
            await values.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Complete(PendingRead read, StorageRequest request, Exception? failure)
    {
        running.Remove(read);
        ReadCommand command = read.Command;
        if (failure is null)
        {
            try
            {
                ((SimulatedMemory)command.Target.Memory).Forget(command.Target.Offset, command.Bytes);
                values?.Read(command);
            }
            catch (Exception error)
            {
                failure = error is FlashMemException
                    ? error : new RunFailedException($"{name}: {error.Message}, in {RangeOf(command)}", error);
            }
        }

        if (failure is not null)
        {
            read.Signal.Timeline.Fail(failure);
            return;
        }

        trace()?.Add(new TraceEvent(
            TraceLane.Storage, request.Slot, command.Label, read.Ready, request.Start, new DeviceTime(loop.Now), command.Bytes,
            read.WaitedFor));
        read.Signal.Signal();
    }

    private static string RangeOf(ReadCommand command) =>
        $"{command.Bytes} bytes at offset {command.FileOffset} of the weight file (chunk '{command.Label}')";

    private sealed class PendingRead(ReadCommand command, TimePoint[] waits, TimePoint signal) : PendingCommand(waits, signal)
    {
        public ReadCommand Command { get; } = command;
    }
}
