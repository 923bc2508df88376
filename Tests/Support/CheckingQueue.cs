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
        RequireTiers(command);
        var kernel = (SyntheticKernel)command.Kernel;
        Carrier[] moves = [.. command.Moves.Select(move => new Carrier(move))];
        entries.Enqueue(new Entry(
            command.Kernel.Desc.Name,
            waits.ToArray(),
            signal,
            () =>
            {
                kernel.Check(command, model);
                Array.ForEach(moves, Begin);
            },
            () =>
            {
                kernel.Check(command, model);
                kernel.Run(command, model);
                Array.ForEach(moves, End);
            }));
    }

    public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
    {
        RequireTiers(command);
        var carrier = new Carrier(command);
        entries.Enqueue(new Entry(command.Label, waits.ToArray(), signal, () => Begin(carrier), () => End(carrier)));
    }

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

    private static void Begin(Carrier carrier)
    {
        carrier.Source = CheckingMemory.Of(carrier.Command.Source).ToArray();
        CheckingMemory.Of(carrier.Command.Target).Fill(0xEE);
    }

    private void End(Carrier carrier)
    {
        Span<byte> source = CheckingMemory.Of(carrier.Command.Source);
        if (!source.SequenceEqual(carrier.Source))
        {
            throw new InvalidOperationException($"race: {carrier.Command.Label} changed while it was copied");
        }

        source.CopyTo(CheckingMemory.Of(carrier.Command.Target));
        device.Moves += source.Length > 0 ? 1 : 0;
    }

    private void RequireTiers(DispatchCommand command)
    {
        if (device.Capabilities.ZeroCopy)
        {
            return;
        }

        foreach (MemoryRange range in command.Inputs.Append(command.Output))
        {
            Require(range, MemoryTier.Activation, command.Kernel.Desc.Name);
        }

        foreach (MemoryRange range in command.WeightChunks)
        {
            Require(range, MemoryTier.Texture, command.Kernel.Desc.Name);
        }

        foreach (CopyCommand move in command.Moves)
        {
            RequireTiers(move);
        }
    }

    private void RequireTiers(CopyCommand command)
    {
        if (command.Source.Bytes == 0)
        {
            return;
        }

        Require(command.Source, MemoryTier.Unified, command.Label);
        MemoryRange target = command.Target;
        if (target.Memory.Tier == MemoryTier.Unified || target.Bytes != command.Source.Bytes
            || (target.Memory.Tier == MemoryTier.Texture && target.Offset % 4096 != 0))
        {
            throw new InvalidOperationException($"{command.Label} is copied to {target.Memory.Tier} {target.Offset}+{target.Bytes}");
        }
    }

    private static void Require(MemoryRange range, MemoryTier tier, string what)
    {
        if (range.Memory.Tier != tier)
        {
            throw new InvalidOperationException($"{what} uses {range.Memory.Tier} memory instead of {tier}");
        }
    }

    /// <summary>A copy and what its source was when it began.</summary>
    private sealed class Carrier(CopyCommand command)
    {
        public CopyCommand Command { get; } = command;

        public byte[] Source { get; set; } = [];
    }

    private sealed record Entry(string Name, TimePoint[] Waits, TimePoint Signal, Action Begin, Action End);
}
