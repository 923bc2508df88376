namespace FlashMem.Simulator.Device;

/// <summary>Lengthens durations by chance: uniform between 0 and a share, from a seed (SplitMix64).</summary>
internal sealed class Jitter(double share, ulong seed)
{
    private ulong state = seed;

    /// <summary>A duration in picoseconds, the same or longer.</summary>
    public long Lengthen(long picoseconds)
    {
        if (share == 0)
        {
            return picoseconds;
        }

        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        double chance = (z >> 11) * (1.0 / (1L << 53));
        return picoseconds + (long)(picoseconds * share * chance);
    }
}
