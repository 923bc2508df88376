using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Device;

/// <summary>
/// DRAM as the one thing that is shared: when the clients together want more than it gives, max-min fair shares slow those down that want
/// most.
/// </summary>
/// <param name="bytesPerSecond">What DRAM gives all clients together.</param>
internal sealed class DramContention(long bytesPerSecond) : IContention
{
    private const long PicosecondsPerSecond = 1_000_000_000_000;

    private readonly SharedBandwidth dram = new(bytesPerSecond);

    public long? NextCompletion => dram.NextCompletion;

    /// <summary>Of no meaning: DRAM knows bytes alone.</summary>
    public bool HasKernels => false;

    /// <summary>DRAM traffic beyond what fits the duration counts as what fits; work without any cannot be slowed.</summary>
    public IContendingWork? Add(in CommandTime work)
    {
        long most = (long)Int128.Min((Int128)work.Alone * bytesPerSecond / PicosecondsPerSecond, long.MaxValue);
        long bytes = Math.Min(work.DramBytes, most);
        if (bytes == 0)
        {
            return null;
        }

        // Rounded up, so that the bytes are never what keeps work alone on DRAM from ending in time.
        var ceiling = (long)((((Int128)bytes * PicosecondsPerSecond) + work.Alone - 1) / work.Alone);
        return dram.Add(bytes, ceiling);
    }

    /// <summary>Kernels run on a processor of their own, which nothing interrupts.</summary>
    public void Interrupt(long picoseconds)
    {
    }

    public void AdvanceTo(long time) => dram.AdvanceTo(time);

    public double RateOf(IContendingWork work) => dram.RateOf((BandwidthFlow)work);
}
