namespace FlashMem.Simulator.Memory;

/// <summary>What a simulated run counts. Busy times are picoseconds, summed over the units of a kind.</summary>
internal enum Counter
{
    Events,
    Instructions,
    TextureBytes,
    TextureHits,
    TextureMisses,
    BufferHits,
    BufferMisses,
    L2Bytes,
    L2Hits,
    L2Misses,
    SystemHits,
    SystemMisses,
    DramReadBytes,
    DramWriteBytes,
    RowHits,
    RowMisses,
    TlbMisses,
    IssueBusy,
    ArithmeticBusy,
    SpecialBusy,
    TextureBusy,
    L2Busy,
    SystemBusy,
    DramBusy,
}

/// <summary>Values of all counters.</summary>
internal sealed class Counters : IEquatable<Counters>
{
    private static readonly int Kinds = Enum.GetValues<Counter>().Length;

    private readonly long[] values = new long[Kinds];

    public long this[Counter counter]
    {
        get => values[(int)counter];
        set => values[(int)counter] = value;
    }

    public Counters Copy()
    {
        var copy = new Counters();
        values.CopyTo(copy.values, 0);
        return copy;
    }

    /// <summary>These values plus what happened since an earlier state, times a fraction; rounded towards zero.</summary>
    public Counters PlusSince(Counters now, Counters earlier, long numerator, long denominator)
    {
        var sum = new Counters();
        for (int i = 0; i < values.Length; i++)
        {
            sum.values[i] = values[i] + (long)((Int128)(now.values[i] - earlier.values[i]) * numerator / denominator);
        }

        return sum;
    }

    public bool Equals(Counters? other) => other is not null && values.AsSpan().SequenceEqual(other.values);

    public override bool Equals(object? obj) => Equals(obj as Counters);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (long value in values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
