using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>
/// Memory of a tier. With values it stands on memory of the device that computes them. Without, it remembers only
/// what the host wrote and no command has overwritten since, and reading anything else is an error.
/// </summary>
internal sealed class SimulatedMemory : IDeviceMemory
{
    private readonly IDeviceMemory? values;
    private readonly HostWrites? hostWrites;
    private readonly bool isVisible;
    private readonly Action<SimulatedMemory> freed;
    private bool disposed;

    /// <param name="tier">The tier that it plays.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="isVisible">The host has an address of it.</param>
    /// <param name="values">Where its bytes are, owned; null without values.</param>
    /// <param name="freed">Told once, when it is disposed.</param>
    public SimulatedMemory(MemoryTier tier, long bytes, bool isVisible, IDeviceMemory? values, Action<SimulatedMemory> freed)
    {
        Tier = tier;
        Bytes = bytes;
        this.isVisible = isVisible;
        this.values = values;
        this.freed = freed;
        hostWrites = values is null ? new HostWrites() : null;
    }

    public MemoryTier Tier { get; }

    public long Bytes { get; }

    public nint HostAddress => isVisible && values is not null ? values.HostAddress : 0;

    /// <summary>The same range in the memory that holds the values.</summary>
    public static MemoryRange Values(MemoryRange range) => range with
    {
        Memory = ((SimulatedMemory)range.Memory).values ?? throw new InvalidOperationException("the simulated device has no values"),
    };

    public void Read(long offset, Span<byte> destination)
    {
        Check(offset, destination.Length);
        if (values is not null)
        {
            values.Read(offset, destination);
        }
        else if (!hostWrites!.TryRead(offset, destination))
        {
            throw new InvalidOperationException(
                $"bytes {offset} to {offset + destination.Length} of {Tier} memory do not exist: only time is simulated");
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Check(offset, source.Length);
        if (values is not null)
        {
            values.Write(offset, source);
        }
        else
        {
            hostWrites!.Write(offset, source);
        }
    }

    /// <summary>A command wrote here: without values nothing is known of it any more.</summary>
    public void Forget(long offset, long bytes) => hostWrites?.Forget(offset, bytes);

    /// <summary>Forgets what a kernel wrote.</summary>
    public static void Forget(DispatchCommand command)
    {
        Forget(command.Output);
        foreach (CopyCommand move in command.Moves)
        {
            Forget(move.Target);
        }
    }

    /// <summary>Forgets what a copy wrote.</summary>
    public static void Forget(CopyCommand command) => Forget(command.Target with { Bytes = command.Source.Bytes });

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            values?.Dispose();
            freed(this);
        }
    }

    private static void Forget(MemoryRange range) => ((SimulatedMemory)range.Memory).Forget(range.Offset, range.Bytes);

    private void Check(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (offset < 0 || offset > Bytes - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} of an allocation of {Bytes}");
        }
    }
}
