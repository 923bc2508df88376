using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// DRAM: channels with a bus each, banks with an open row each. Bursts go round the channels, rows of all channels together go round the
/// banks. A burst holds its channel's bus; one that meets another row in its bank also holds the bank while the row is opened. Banks open
/// rows while the bus serves others, so sequential bursts reach the bus's bandwidth.
/// </summary>
internal sealed class Dram
{
    private readonly int channels;
    private readonly int banks;
    private readonly ulong burstBytes;
    private readonly ulong rowSpan;
    private readonly long burstTime;
    private readonly long hitLatency;
    private readonly long missPenalty;
    private readonly Gate[] buses;
    private readonly Gate[] bankGates;
    private readonly ulong[] openRows;

    public Dram(DramSpec spec)
    {
        channels = Quantities.Count(spec.Channels, "memory.dram.channels");
        banks = Quantities.Count(spec.BanksPerChannel, "memory.dram.banksPerChannel");
        burstBytes = (ulong)Quantities.Bytes(spec.BurstBytes, "memory.dram.burstBytes");
        rowSpan = (ulong)Quantities.Bytes(spec.RowBytes, "memory.dram.rowBytes") * (ulong)channels;

        // One channel has its part of the peak: a burst takes as long there as all channels take for a burst each.
        burstTime = Rate.PerSecond(Quantities.BytesPerSecond(spec.PeakBandwidth, "memory.dram.peakBandwidth"))
            .Duration((long)burstBytes * channels);
        hitLatency = Quantities.Picoseconds(spec.RowHitLatency, "memory.dram.rowHitLatency");
        missPenalty = Quantities.Picoseconds(spec.RowMissPenalty, "memory.dram.rowMissPenalty");
        buses = new Gate[channels];
        bankGates = new Gate[channels * banks];
        openRows = new ulong[channels * banks];
    }

    public long RowHits { get; private set; }

    public long RowMisses { get; private set; }

    /// <summary>Busy time of all buses together.</summary>
    public long BusBusy => buses.Sum(bus => bus.Busy);

    public int Channels => channels;

    /// <summary>Accesses bytes from an address on and returns when the last of them has arrived.</summary>
    public long Access(ulong address, int bytes, long earliest)
    {
        long end = earliest;
        for (ulong burst = address / burstBytes; burst * burstBytes < address + (ulong)bytes; burst++)
        {
            end = Math.Max(end, AccessBurst(burst, earliest));
        }

        return end;
    }

    private long AccessBurst(ulong burst, long earliest)
    {
        int channel = (int)(burst % (ulong)channels);
        ulong row = burst * burstBytes / rowSpan;
        int bank = (channel * banks) + (int)(row % (ulong)banks);

        // Zero is no row.
        bool hit = openRows[bank] == row + 1;
        long opening = hit ? 0 : missPenalty;
        openRows[bank] = row + 1;
        RowHits += hit ? 1 : 0;
        RowMisses += hit ? 0 : 1;
        long ready = bankGates[bank].Reserve(earliest, opening + burstTime) + opening;
        long bus = buses[channel].Reserve(earliest, burstTime);
        return Math.Max(ready, bus) + hitLatency;
    }
}
