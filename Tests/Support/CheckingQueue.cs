using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Support;

/// <summary>An in-order queue whose commands take two steps: begin and end.</summary>
internal sealed class CheckingQueue(CheckingDevice device, TraceLane lane, SyntheticModel model) : IDeviceQueue
{
    private readonly Queue<Entry> entries = new();
    private DeviceTime? began;

    public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
    {
        var kernel = (SyntheticKernel)command.Kernel;
        entries.Enqueue(new Entry(
            command.Kernel.Desc.Name,
            waits.ToArray(),
            signal,
            () => kernel.Check(command, model),
            () =>
            {
                kernel.Check(command, model);
                kernel.Run(command, model);
                foreach (CopyCommand move in command.Moves)
                {
                    Carry(move);
                }
            }));
    }

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal) =>
        entries.Enqueue(new Entry(command.Label, waits.ToArray(), signal, () => { }, () => Carry(command)));

    /// <summary>What this queue could do next.</summary>
    public IEnumerable<Action> Choices()
    {
        if (!entries.TryPeek(out Entry? head))
        {
            yield break;
        }

        if (began is not null)
        {
            yield return () => End(head);
        }
        else if (CheckingDevice.FailureOf(head.Waits) is { } cause)
        {
            yield return () =>
            {
                entries.Dequeue();
                head.Signal.Timeline.Fail(cause);
            };
        }
        else if (CheckingDevice.AreReached(head.Waits))
        {
            yield return () => Begin(head);
        }
    }

    private void Begin(Entry head)
    {
        began = device.Now;
        try
        {
            head.Begin();
        }
        catch (Exception error)
        {
            Drop(head, error);
        }
    }

    private void End(Entry head)
    {
        try
        {
            head.End();
            device.Trace?.Add(new TraceEvent(lane, 0, head.Name, began!.Value, began.Value, device.Now, 0, null));
            entries.Dequeue();
            began = null;
            head.Signal.Signal();
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            Drop(head, error);
        }
    }

    private void Drop(Entry head, Exception error)
    {
        entries.Dequeue();
        began = null;
        head.Signal.Timeline.Fail(error);
    }

    private void Carry(CopyCommand move)
    {
        CheckingMemory.Of(move.Source).CopyTo(CheckingMemory.Of(move.Target));
        device.Moves += move.Source.Bytes > 0 ? 1 : 0;
    }

    private sealed record Entry(string Name, TimePoint[] Waits, TimePoint Signal, Action Begin, Action End);
}
