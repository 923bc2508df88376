using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Reads as measured: a read keeps others from starting for what it adds to a full queue, and what it takes longer when alone passes beside
/// them.
/// </summary>
internal sealed class TwinReadTimes(SizedTimes times) : IReadTimes
{
    public ReadTime Of(int bytes)
    {
        SizedTime time = times.Of(bytes);
        long busy = TwinTime.Picoseconds(time.BusySeconds);
        return new ReadTime(0, busy, Math.Max(0, TwinTime.Picoseconds(time.AloneSeconds) - busy));
    }
}
