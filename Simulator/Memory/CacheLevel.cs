using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// A shared cache: one gate for the bandwidth of all its ports, write-back, whole lines allocated by writes without being read. Reads of a
/// line that is on its way wait for it and cost nothing below.
/// </summary>
internal sealed class CacheLevel : IMemoryLevel
{
    private readonly IMemoryLevel below;
    private readonly SetAssociativeCache tags;
    private readonly int lineShift;
    private readonly Rate perByte;
    private readonly long latency;
    private readonly long[] arrivals;
    private readonly bool[] dirty;
    private Gate gate;
    private readonly long[] mshr = new long[MshrCount];
    private int nextMshr;
    public static int MshrCount = 1024;
    public static bool Block = true, Merge = true;

    public CacheLevel(CacheSpec spec, Figure clock, string path, IMemoryLevel below)
    {
        this.below = below;
        CacheGeometry geometry = CacheGeometry.Of(spec.Size, spec.LineBytes, spec.Ways, path);
        tags = new SetAssociativeCache(geometry.Sets, geometry.Ways);
        lineShift = int.Log2(geometry.LineBytes);
        perByte = Quantities.PerClock(spec.BytesPerClock, clock, $"{path}.bytesPerClock", "B/clk");
        latency = Quantities.Picoseconds(spec.Latency, $"{path}.latency");
        arrivals = new long[tags.Slots];
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
        if (tags.Access(line, out int slot, out ulong? evicted))
        {
            Hits++;
            if (!Merge && arrivals[slot] > start) { return below.Read(line << lineShift, 1 << lineShift, start) + latency; }
            return Math.Max(start, arrivals[slot]) + latency;
        }

        Misses++;
        if (mshr[nextMshr] > start) { start = mshr[nextMshr]; if (Block) gate.Reserve(start, 0); }
        WriteBack(slot, evicted, start);
        arrivals[slot] = below.Read(line << lineShift, 1 << lineShift, start);
        mshr[nextMshr] = arrivals[slot]; nextMshr = (nextMshr + 1) % mshr.Length;
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
