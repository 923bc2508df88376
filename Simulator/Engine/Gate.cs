namespace FlashMem.Simulator.Engine;

/// <summary>
/// A serially reusable server: a port, a pipe, a bus. Whoever reserves it gets it as soon as it is free and not before it asks; work is
/// served in the order of the calls. Times in picoseconds.
/// </summary>
internal struct Gate
{
    /// <summary>When everything that was reserved is done.</summary>
    public long FreeAt { get; private set; }

    /// <summary>Sum of the reserved durations.</summary>
    public long Busy { get; private set; }

    /// <summary>Reserves the gate and returns when the reservation starts.</summary>
    /// <param name="earliest">Not before this time.</param>
    /// <param name="duration">How long the gate is held.</param>
    public long Reserve(long earliest, long duration)
    {
        long start = Math.Max(earliest, FreeAt);
        FreeAt = start + duration;
        Busy += duration;
        return start;
    }
}
