using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Reads as measured: a read keeps others from starting for what it adds to a full queue, and what it takes longer when single passes beside
/// them.
/// </summary>
/// <param name="times">By size.</param>
/// <param name="wakeSeconds">What a kernel loses to a read that finds storage idle.</param>
internal sealed class TwinReadTimes(SizedTimes times, double wakeSeconds) : IReadTimes
{
    private readonly long wake = TwinTime.Picoseconds(wakeSeconds);

    public ReadTime Of(int bytes)
    {
        SizedTime time = times.Of(bytes);
        long busy = TwinTime.Picoseconds(time.BusySeconds);
        return new ReadTime(
            0,
            busy,
            Math.Max(0, TwinTime.Picoseconds(time.AloneSeconds) - busy),
            Math.Max(0, TwinTime.Picoseconds(time.BesideSeconds) - busy),
            wake);
    }
}
