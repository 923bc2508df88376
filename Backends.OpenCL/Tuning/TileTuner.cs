using FlashMem.Abstractions.Errors;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>
/// Finds a kernel's fastest candidate: each is timed after a launch that is not counted, slow ones are dropped after one more, and the
/// winner meets the table's choice again, launches of the two in turn, before it replaces it.
/// </summary>
/// <param name="timer">Times launches.</param>
/// <param name="options">How often.</param>
internal sealed class TileTuner(ITileTimer timer, TuningOptions options)
{
    /// <param name="problem">The candidates.</param>
    /// <param name="stop">Asked before every candidate but the table's: no more of them shall be tried.</param>
    /// <exception cref="DeviceException">The driver refuses even the table's choice.</exception>
    public TileEntry Tune(TileProblem problem, Func<bool> stop)
    {
        KernelTiles table = problem.Candidates[0];
        KernelTiles best = table;
        double tableMs = TimeTable(problem);
        double bestMs = tableMs;
        int tried = 1;
        foreach (KernelTiles candidate in problem.Candidates.Skip(1))
        {
            if (stop())
            {
                break;
            }

            tried++;
            if (TryMedian(candidate, options.DropFactor * bestMs) is { } ms && ms < bestMs)
            {
                (best, bestMs) = (candidate, ms);
            }
        }

        if (best != table)
        {
            (tableMs, bestMs) = InTurn(table, best);
            if (bestMs > tableMs * (1 - options.LeastGain))
            {
                (best, bestMs) = (table, tableMs);
            }
        }

        return new TileEntry(problem.Signature, best.Text, tried, problem.Candidates.Length, tableMs, bestMs);
    }

    /// <summary>Median of the table's choice alone.</summary>
    public double TimeTable(TileProblem problem) => Median(problem.Candidates[0], double.PositiveInfinity)!.Value;

    private static double MedianOf(List<double> samples)
    {
        samples.Sort();
        return samples[samples.Count / 2];
    }

    // A driver may refuse a candidate that its limits seem to allow: too many registers, for example.
    private double? TryMedian(KernelTiles tiles, double dropAbove)
    {
        try
        {
            return Median(tiles, dropAbove);
        }
        catch (DeviceException)
        {
            return null;
        }
    }

    private double? Median(KernelTiles tiles, double dropAbove)
    {
        timer.Launch(tiles);
        var samples = new List<double> { timer.Launch(tiles) };
        if (samples[0] > dropAbove)
        {
            return null;
        }

        while (samples.Count < options.Launches)
        {
            samples.Add(timer.Launch(tiles));
        }

        return MedianOf(samples);
    }

    private (double FirstMs, double SecondMs) InTurn(KernelTiles first, KernelTiles second)
    {
        List<double> firsts = [];
        List<double> seconds = [];
        for (int i = 0; i < options.Launches; i++)
        {
            firsts.Add(timer.Launch(first));
            seconds.Add(timer.Launch(second));
        }

        return (MedianOf(firsts), MedianOf(seconds));
    }
}
