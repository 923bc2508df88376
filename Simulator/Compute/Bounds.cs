using FlashMem.Simulator.Memory;

namespace FlashMem.Simulator.Compute;

/// <summary>What limits a launch: the part that was busy most of the time, or latency where none was.</summary>
internal static class Bounds
{
    /// <summary>Percent of the time from which on a part is called the limit.</summary>
    private const int BusyPercent = 60;

    public static string Of(Counters counters, long time, int cores)
    {
        (string Name, Int128 Busy)[] parts =
        [
            ("compute", (Int128)Math.Max(counters[Counter.ArithmeticBusy], counters[Counter.SpecialBusy]) / cores),
            ("issue", (Int128)counters[Counter.IssueBusy] / cores),
            ("texture", (Int128)counters[Counter.TextureBusy] / cores),
            ("l2", counters[Counter.L2Busy]),
            ("slc", counters[Counter.SystemBusy]),
            ("dram", counters[Counter.DramBusy]),
        ];
        (string name, Int128 busy) = parts.MaxBy(part => part.Busy);
        return busy * 100 >= (Int128)time * BusyPercent ? name : "latency";
    }
}
