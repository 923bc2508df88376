using System.IO.Hashing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Support;

/// <summary>
/// Storage of a <see cref="CheckingDevice"/>: starts reads in order, a few at a time, and ends them in any order. A target holds rubbish
/// from the moment its read begins until it ends.
/// </summary>
internal sealed class CheckingStorage(CheckingDevice device, SyntheticModel model, Random random) : IWeightStorage
{
    private const int MostInFlight = 3;

    private readonly Queue<Entry> waiting = new();
    private readonly List<Entry> running = [];
    private readonly List<Entry> unsignalled = [];

    /// <summary>Reads begun so far.</summary>
    public int Reads { get; private set; }

    /// <summary>Payload bytes of these.</summary>
    public long Bytes { get; private set; }

    /// <summary>Index of a read that fails; -1 for none.</summary>
    public int FailAt { get; set; } = -1;

    /// <summary>From this read on nothing begins, as if the disk hung.</summary>
    public int HangAt { get; set; } = int.MaxValue;

    public void Read(ReadCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
    {
        if (command.Target.Bytes < command.Bytes)
        {
            throw new ArgumentException($"{command.Label}: target too small", nameof(command));
        }

        if (!device.Capabilities.ZeroCopy && command.Target.Memory.Tier != MemoryTier.Unified)
        {
            throw new ArgumentException($"{command.Label}: storage cannot reach {command.Target.Memory.Tier} memory", nameof(command));
        }

        var entry = new Entry(command, waits.ToArray(), signal);
        waiting.Enqueue(entry);
        unsignalled.Add(entry);
    }

    public Task DrainAsync()
    {
        device.RunUntil(() => waiting.Count == 0 && running.Count == 0);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What storage could do next.</summary>
    public IEnumerable<Action> Choices()
    {
        if (waiting.TryPeek(out Entry? head))
        {
            Exception? cause = head.Signal.Timeline.Failure ?? CheckingDevice.FailureOf(head.Waits);
            if (cause is not null)
            {
                yield return () => Refuse(head, cause);
            }
            else if (running.Count < MostInFlight && CheckingDevice.AreReached(head.Waits) && Reads < HangAt)
            {
                yield return () => Begin(head);
            }
        }

        if (running.Count > 0)
        {
            yield return () => End(running[random.Next(running.Count)]);
        }
    }

    private void Refuse(Entry entry, Exception cause)
    {
        waiting.Dequeue();
        entry.Signal.Timeline.Fail(cause);
        entry.Done = true;
    }

    private void Begin(Entry entry)
    {
        waiting.Dequeue();
        CheckingMemory.Of(entry.Command.Target).Fill(0xCD);
        entry.Began = device.Now;
        running.Add(entry);
        if (Reads++ == FailAt)
        {
            running.Remove(entry);
            ReadCommand command = entry.Command;
            entry.Done = true;
            entry.Signal.Timeline.Fail(new RunFailedException(
                $"weight file 'synthetic': I/O error at offset {command.FileOffset}, {command.Bytes} bytes ({command.Label})"));
        }
    }

    private void End(Entry entry)
    {
        running.Remove(entry);
        ReadCommand command = entry.Command;
        Span<byte> payload = CheckingMemory.Of(command.Target)[..command.Bytes];
        model.Fill(command.FileOffset, payload);
        if (command.Checksum is { } expected && XxHash3.HashToUInt64(payload) != expected)
        {
            throw new InvalidOperationException($"{command.Label}: wrong checksum in the command");
        }

        Bytes += command.Bytes;
        device.Trace?.Add(new TraceEvent(TraceLane.Storage, 0, command.Label, entry.Began, entry.Began, device.Now, command.Bytes, null));
        entry.Done = true;
        while (unsignalled.Count > 0 && unsignalled[0].Done)
        {
            Entry first = unsignalled[0];
            unsignalled.RemoveAt(0);
            first.Signal.Signal();
        }
    }

    private sealed class Entry(ReadCommand command, TimePoint[] waits, TimePoint signal)
    {
        public ReadCommand Command { get; } = command;

        public TimePoint[] Waits { get; } = waits;

        public TimePoint Signal { get; } = signal;

        public bool Done { get; set; }

        public DeviceTime Began { get; set; }
    }
}
