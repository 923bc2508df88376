using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Tracing;

namespace FlashMem.Benchmarks.Queues;

/// <summary>Bytes in use of all tiers over time, thinned for a picture: the most in each of equally long stretches.</summary>
internal static class MemoryCurve
{
    private const int Stretches = 600;

    /// <param name="samples">Of the whole queue, by tier and in order of time.</param>
    /// <param name="origin">Moment that counts as 0.</param>
    /// <param name="seconds">Length of the curve.</param>
    /// <returns>Seconds and gigabytes.</returns>
    public static List<(double At, double? Measured, double Simulated)> Of(
        ImmutableArray<ResidencySample> samples, DeviceTime origin, double seconds)
    {
        var most = new double[Stretches + 1];
        var current = new Dictionary<MemoryTier, long>();
        int reached = 0;
        foreach (ResidencySample sample in samples)
        {
            // What was in use stays so in the stretches without a change.
            int stretch = Math.Clamp((int)((sample.Time - origin).Milliseconds / 1e3 / seconds * Stretches), 0, Stretches);
            while (reached < stretch)
            {
                most[++reached] = current.Values.Sum();
            }

            current[sample.Tier] = sample.Bytes;
            most[stretch] = Math.Max(most[stretch], current.Values.Sum());
        }

        return [.. most.Select((bytes, i) => (i * seconds / Stretches, (double?)null, bytes / 1e9))];
    }
}
