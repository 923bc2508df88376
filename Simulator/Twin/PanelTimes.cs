using System.Collections.Immutable;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>The time of a slice from those that were measured of the same kernel.</summary>
internal static class PanelTimes
{
    /// <summary>
    /// Between two measured slices a straight line. Beyond them it goes on, but a smaller slice takes at least its share of the smallest
    /// measured one, and no more than that one; a larger slice takes its share of the largest.
    /// </summary>
    /// <param name="measured">By ascending panels; at least one.</param>
    /// <param name="panels">Panels of the slice.</param>
    /// <param name="bytes">Bytes that it touches.</param>
    public static LaunchTime At(ImmutableArray<MeasuredKernel> measured, int panels, long bytes)
    {
        MeasuredKernel least = measured[0];
        MeasuredKernel most = measured[^1];
        if (panels == least.Panels)
        {
            return Exactly(least, bytes);
        }

        if (panels >= most.Panels)
        {
            return Exactly(most, bytes) with { Seconds = most.Seconds * panels / Math.Max(1, most.Panels) };
        }

        if (measured.Length == 1)
        {
            return Exactly(least, bytes) with { Seconds = least.Seconds * panels / least.Panels };
        }

        int above = 1;
        while (measured[above].Panels < panels)
        {
            above++;
        }

        MeasuredKernel from = measured[above - 1];
        MeasuredKernel to = measured[above];
        double part = (double)(panels - from.Panels) / (to.Panels - from.Panels);
        double seconds = from.Seconds + (part * (to.Seconds - from.Seconds));
        seconds = panels < least.Panels
            ? Math.Clamp(seconds, least.Seconds * panels / least.Panels, least.Seconds)
            : seconds;
        double launch = from.LaunchSeconds + (Math.Max(0, part) * (to.LaunchSeconds - from.LaunchSeconds));
        return new LaunchTime(launch, seconds, bytes, IsEstimate: false);
    }

    private static LaunchTime Exactly(MeasuredKernel kernel, long bytes) =>
        new(kernel.LaunchSeconds, kernel.Seconds, bytes, IsEstimate: false);
}
