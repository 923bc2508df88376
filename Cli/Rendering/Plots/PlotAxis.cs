using System.Globalization;

namespace FlashMem.Cli.Rendering.Plots;

/// <summary>The horizontal axis of a picture.</summary>
/// <param name="Least">Value at its left end.</param>
/// <param name="Most">Value at its right end.</param>
/// <param name="IsLogarithmic">Bytes by powers of two; else a plain ratio.</param>
internal sealed record PlotAxis(double Least, double Most, bool IsLogarithmic)
{
    private const int RatioTicks = 4;

    /// <summary>How far right a value lies, from 0 to 1.</summary>
    public double Part(double value) => IsLogarithmic
        ? (Math.Log2(value) - Math.Log2(Least)) / (Math.Log2(Most) - Math.Log2(Least))
        : (value - Least) / (Most - Least);

    /// <summary>Values that get a label, and the labels.</summary>
    public IEnumerable<(double Value, string Label)> Ticks()
    {
        if (!IsLogarithmic)
        {
            return Enumerable.Range(0, RatioTicks + 1).Select(i => Least + ((Most - Least) * i / RatioTicks))
                .Select(value => (value, value.ToString("0.##", CultureInfo.InvariantCulture)));
        }

        int first = (int)Math.Ceiling(Math.Log2(Least));
        int last = (int)Math.Floor(Math.Log2(Most));
        return Enumerable.Range(0, ((last - first) / 2) + 1).Select(i => Math.Pow(2, first + (2 * i)))
            .Select(bytes => (bytes, Size(bytes)));
    }

    private static string Size(double bytes) => bytes switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0} MiB"),
        >= 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 10):0} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
    };
}
