using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>What all cores share: address translation, L2, the system cache if there is one, DRAM.</summary>
internal sealed class SharedLevels
{
    private readonly CacheLevel l2;
    private readonly CacheLevel? system;
    private readonly DramPort dram;
    private readonly Tlb tlb;
    private readonly int l2LineBytes;

    public SharedLevels(SimulatorSpec spec)
    {
        MemorySpec memory = spec.Memory;
        dram = new DramPort(memory.Dram);
        system = memory.SystemCache is { } cache ? new CacheLevel(cache, spec.Compute.Clock, "memory.systemCache", dram) : null;
        l2 = new CacheLevel(memory.L2, spec.Compute.Clock, "memory.l2", (IMemoryLevel?)system ?? dram);
        tlb = new Tlb(memory.Tlb);
        l2LineBytes = (int)Quantities.Bytes(memory.L2.LineBytes, "memory.l2.lineBytes");
    }

    /// <summary>Reads a line of a cache above (or of a buffer), which may span several lines of L2.</summary>
    public long Read(ulong address, int bytes, long earliest)
    {
        long start = earliest + tlb.Translate(address);
        long end = start;
        for (int done = 0; done < bytes; done += l2LineBytes)
        {
            end = Math.Max(end, l2.Read(address + (ulong)done, Math.Min(bytes - done, l2LineBytes), start));
        }

        return end;
    }

    public long Write(ulong address, int bytes, long earliest)
    {
        long start = earliest + tlb.Translate(address);
        long end = start;
        for (int done = 0; done < bytes; done += l2LineBytes)
        {
            end = Math.Max(end, l2.Write(address + (ulong)done, Math.Min(bytes - done, l2LineBytes), start));
        }

        return end;
    }

    /// <summary>Writes that nobody reads back from a cache: they go past all of them.</summary>
    public long Stream(ulong address, int bytes, long earliest) => dram.Write(address, bytes, earliest);

    /// <summary>Writes all dirty lines back to DRAM, as the end of a kernel does; returns when DRAM has taken them.</summary>
    public long Flush(long earliest)
    {
        long end = l2.Flush(earliest);
        end = system?.Flush(end) ?? end;
        return dram.Flush(end);
    }

    public void Count(Counters counters)
    {
        counters[Counter.L2Bytes] = l2.Bytes;
        counters[Counter.L2Hits] = l2.Hits;
        counters[Counter.L2Misses] = l2.Misses;
        counters[Counter.SystemHits] = system?.Hits ?? 0;
        counters[Counter.SystemMisses] = system?.Misses ?? 0;
        counters[Counter.DramReadBytes] = dram.ReadBytes;
        counters[Counter.DramWriteBytes] = dram.WriteBytes;
        counters[Counter.RowHits] = dram.Dram.RowHits;
        counters[Counter.RowMisses] = dram.Dram.RowMisses;
        counters[Counter.TlbMisses] = tlb.Misses;
        counters[Counter.L2Busy] = l2.Busy;
        counters[Counter.SystemBusy] = system?.Busy ?? 0;
        counters[Counter.DramBusy] = dram.Busy;
    }
}
