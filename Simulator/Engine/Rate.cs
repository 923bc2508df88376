namespace FlashMem.Simulator.Engine;

/// <summary>
/// How long a unit of work (a byte, an instruction) takes, as an exact fraction of picoseconds: figures become integers once, when a
/// component is built, and no floating point takes part in time keeping afterwards.
/// </summary>
internal readonly record struct Rate
{
    private const long PicosecondsPerSecond = 1_000_000_000_000;

    private readonly long picoseconds;
    private readonly long units;

    private Rate(long picoseconds, long units)
    {
        long divisor = GreatestCommonDivisor(picoseconds, units);
        (this.picoseconds, this.units) = (picoseconds / divisor, units / divisor);
    }

    /// <param name="unitsPerSecond">Positive.</param>
    public static Rate PerSecond(long unitsPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unitsPerSecond);
        return new Rate(PicosecondsPerSecond, unitsPerSecond);
    }

    /// <summary>Time of so many units, rounded up to whole picoseconds.</summary>
    public long Duration(long count)
    {
        if ((ulong)count <= (ulong)(long.MaxValue - units) / (ulong)picoseconds)
        {
            return ((count * picoseconds) + units - 1) / units;
        }

        return checked((long)((((Int128)count * picoseconds) + units - 1) / units));
    }

    private static long GreatestCommonDivisor(long a, long b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
