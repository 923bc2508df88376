using System.Globalization;
using FlashMem.Cli.Rendering;

namespace FlashMem.Cli.Sweeps;

/// <summary>Points done and points per second on the progress line. Thread-safe.</summary>
/// <param name="line">Shows it.</param>
/// <param name="points">Of the grid.</param>
/// <param name="clock">Since when points are counted: from now on.</param>
internal sealed class SweepProgress(ProgressLine line, int points, TimeProvider clock)
{
    private readonly long start = clock.GetTimestamp();
    private int done;

    public void Done()
    {
        int count = Interlocked.Increment(ref done);
        double rate = count / Math.Max(clock.GetElapsedTime(start).TotalSeconds, 1e-3);
        line.Show(string.Create(CultureInfo.InvariantCulture, $"{count} of {points} points, {rate:0.0} points/s"));
    }
}
