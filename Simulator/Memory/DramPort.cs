using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>The GPU's way to DRAM: reads and writes share the bandwidth that the GPU alone gets.</summary>
internal sealed class DramPort : IMemoryLevel
{
    private readonly Dram dram;
    private readonly Rate perByte;
    private Gate gate;

    public DramPort(DramSpec spec)
    {
        dram = new Dram(spec);
        perByte = Rate.PerSecond(Quantities.BytesPerSecond(spec.GpuBandwidth, "memory.dram.gpuBandwidth"));
    }

    public Dram Dram => dram;

    public long ReadBytes { get; private set; }

    public long WriteBytes { get; private set; }

    public long Busy => gate.Busy;

    public long Read(ulong address, int bytes, long earliest)
    {
        ReadBytes += bytes;
        return dram.Access(address, bytes, gate.Reserve(earliest, perByte.Duration(bytes)));
    }

    public long Write(ulong address, int bytes, long earliest)
    {
        WriteBytes += bytes;
        long start = gate.Reserve(earliest, perByte.Duration(bytes));
        dram.Access(address, bytes, start);
        return start;
    }

    public long Flush(long earliest) => Math.Max(earliest, gate.FreeAt);
}
