using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// Address translation of all cores: the pages of the reach, least recently used leave. A page that is not there costs the penalty; walks
/// overlap, so they cost latency and no bandwidth.
/// </summary>
internal sealed class Tlb
{
    private const int MostWays = 16;

    private readonly SetAssociativeCache pages;
    private readonly int pageShift;
    private readonly long penalty;
    private ulong last = ulong.MaxValue;

    public Tlb(TlbSpec spec)
    {
        long pageBytes = Quantities.Bytes(spec.PageBytes, "memory.tlb.pageBytes");
        long entries = Math.Max(1, Quantities.Bytes(spec.Reach, "memory.tlb.reach") / pageBytes);
        int ways = (int)Math.Min(MostWays, entries);
        pages = new SetAssociativeCache((int)(entries / ways), ways);
        pageShift = long.Log2(pageBytes) is long shift && 1L << (int)shift == pageBytes
            ? (int)shift
            : throw new Abstractions.Errors.UsageException($"memory.tlb.pageBytes is {pageBytes}; it must be a power of two");
        penalty = Quantities.Picoseconds(spec.MissPenalty, "memory.tlb.missPenalty");
    }

    public long Misses { get; private set; }

    /// <summary>Time that translating an address adds: 0 or the penalty.</summary>
    public long Translate(ulong address)
    {
        ulong page = address >> pageShift;
        if (page == last)
        {
            return 0;
        }

        last = page;
        if (pages.Access(page, out _, out _))
        {
            return 0;
        }

        Misses++;
        return penalty;
    }
}
