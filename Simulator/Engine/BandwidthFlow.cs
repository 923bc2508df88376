namespace FlashMem.Simulator.Engine;

/// <summary>
/// Bytes that a client of a <see cref="SharedBandwidth"/> still has to move, in units of 1e-12 byte: a rate of one byte per second moves
/// one unit per picosecond, so every share is an integer.
/// </summary>
internal sealed class BandwidthFlow : IContendingWork
{
    private const long UnitsPerByte = 1_000_000_000_000;

    internal BandwidthFlow(long id, long bytes, long ceiling)
    {
        (Id, Bytes, Ceiling, Remaining) = (id, bytes, ceiling, (Int128)bytes * UnitsPerByte);
    }

    /// <summary>As given.</summary>
    public long Bytes { get; }

    /// <summary>Most bytes per second that this flow takes.</summary>
    public long Ceiling { get; }

    /// <summary>When its last byte moved, in picoseconds; null while bytes remain.</summary>
    public long? CompletedAt { get; internal set; }

    /// <summary>Bytes that remain, begun ones included.</summary>
    public long RemainingBytes => (long)((Remaining + UnitsPerByte - 1) / UnitsPerByte);

    internal long Id { get; }

    internal Int128 Remaining { get; set; }

    /// <summary>Units that it may still take in the interval at hand.</summary>
    internal Int128 Room { get; set; }
}
