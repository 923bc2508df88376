using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// A shared cache: one gate for the bandwidth of all its ports, write-back, whole lines allocated by writes without being read. Reads of a
/// line that is on its way wait for it and cost nothing below. A cache with <see cref="CacheSpec.MissEntries"/> follows only so many lines
/// on their way, for two reads each: when memory is so busy that these do not do, reads go past it for their own bytes and leave what it
/// holds alone. So a range too large for the cache keeps its part there when many waves walk it (bandwidth falls as if the cache's share
/// of the reads were hits), while a single walker, whose misses all find an entry, loses every line to the least recently used rule.
/// </summary>
internal sealed class CacheLevel : IMemoryLevel
{
    /// <summary>Reads that one line on its way serves where its followers are limited: who asked for it and one more.</summary>
    private const int ReadersPerEntry = 2;

    private readonly IMemoryLevel below;
    private readonly SetAssociativeCache tags;
    private readonly int lineShift;
    private readonly Rate perByte;
    private readonly long latency;
    private readonly long[] arrivals;
    private readonly int[] readers;
    private readonly bool[] dirty;
    private Gate gate;
    private readonly Queue<long> entries = new();
    private readonly int mostEntries;

    public CacheLevel(CacheSpec spec, Figure clock, string path, IMemoryLevel below)
    {
        this.below = below;
        CacheGeometry geometry = CacheGeometry.Of(spec.Size, spec.LineBytes, spec.Ways, path);
        tags = new SetAssociativeCache(geometry.Sets, geometry.Ways);
        lineShift = int.Log2(geometry.LineBytes);
        perByte = Quantities.PerClock(spec.BytesPerClock, clock, $"{path}.bytesPerClock", "B/clk");
        latency = Quantities.Picoseconds(spec.Latency, $"{path}.latency");
        mostEntries = spec.MissEntries is { } most ? Quantities.Count(most, $"{path}.missEntries") : int.MaxValue;
        arrivals = new long[tags.Slots];
        readers = new int[tags.Slots];
        dirty = new bool[tags.Slots];
    }

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    /// <summary>Bytes that passed the gate.</summary>
    public long Bytes { get; private set; }

    public long Busy => gate.Busy;

    public long Read(ulong address, int bytes, long earliest)
    {
        long start = Enter(bytes, earliest);
        ulong line = address >> lineShift;
        if (tags.TryTouch(line, out int slot))
        {
            if (arrivals[slot] <= start || mostEntries == int.MaxValue || ++readers[slot] <= ReadersPerEntry)
            {
                Hits++;
                return Math.Max(start, arrivals[slot]) + latency;
            }

            Misses++;
            return below.Read(address, bytes, start) + latency;
        }

        Misses++;
        while (entries.TryPeek(out long arrived) && arrived <= start)
        {
            entries.Dequeue();
        }

        if (entries.Count >= mostEntries)
        {
            return below.Read(address, bytes, start) + latency;
        }

        slot = tags.Insert(line, out ulong? evicted);
        WriteBack(slot, evicted, start);
        arrivals[slot] = below.Read(line << lineShift, 1 << lineShift, start);
        readers[slot] = 1;
        entries.Enqueue(arrivals[slot]);
        return arrivals[slot] + latency;
    }

    public long Write(ulong address, int bytes, long earliest)
    {
        long start = Enter(bytes, earliest);
        ulong line = address >> lineShift;
        if (tags.Access(line, out int slot, out ulong? evicted))
        {
            Hits++;
        }
        else
        {
            Misses++;
            WriteBack(slot, evicted, start);
            arrivals[slot] = start;
        }

        dirty[slot] = true;
        return start;
    }

    public long Flush(long earliest)
    {
        long end = earliest;
        for (int slot = 0; slot < dirty.Length; slot++)
        {
            if (dirty[slot])
            {
                end = Math.Max(end, below.Write(tags.LineAt(slot)!.Value << lineShift, 1 << lineShift, earliest));
                dirty[slot] = false;
            }
        }

        return end;
    }

    private long Enter(int bytes, long earliest)
    {
        Bytes += bytes;
        return gate.Reserve(earliest, perByte.Duration(bytes));
    }

    private void WriteBack(int slot, ulong? evicted, long time)
    {
        if (dirty[slot])
        {
            below.Write(evicted!.Value << lineShift, 1 << lineShift, time);
            dirty[slot] = false;
        }
    }
}
