namespace FlashMem.Simulator.Twin;

/// <summary>Measured seconds as the clock counts them.</summary>
internal static class TwinTime
{
    private const double PicosecondsPerSecond = 1e12;

    public static long Picoseconds(double seconds) => checked((long)Math.Round(seconds * PicosecondsPerSecond));
}
