using System.Globalization;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>Quantities as people write them: a number in the figure's own unit, or with one of the units below.</summary>
internal static class Quantity
{
    /// <summary>Multiples of a byte.</summary>
    public static readonly (string Suffix, double Factor)[] ByteMultiples =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9),
    ];

    private static readonly (string Suffix, double Factor)[] Sizes = [.. ByteMultiples, ("B", 1)];

    private static readonly (string Suffix, double Factor)[] Rates = [.. Sizes.Select(size => ($"{size.Suffix}/s", size.Factor))];

    private static readonly (string Suffix, double Factor)[] Times = [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1)];

    private static readonly (string Suffix, double Factor)[] Clocks = [("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9), ("Hz", 1)];

    /// <param name="text">What was written.</param>
    /// <param name="unit">Unit of the figure, and of the result.</param>
    /// <param name="key">Name of the figure, for errors.</param>
    /// <exception cref="UsageException">Not such a quantity.</exception>
    public static double Parse(string text, string unit, string key)
    {
        (string Suffix, double Factor)[] units = unit switch
        {
            "B" => Sizes,
            "B/s" => Rates,
            "s" => Times,
            "Hz" => Clocks,
            _ => [],
        };
        (string suffix, double factor) = units.FirstOrDefault(
            candidate => text.EndsWith(candidate.Suffix, StringComparison.Ordinal), ("", 1));
        string number = text[..^suffix.Length].TrimEnd();
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value * factor) && value >= 0)
        {
            // Powers of ten below one are not exact: dividing by their inverse rounds once.
            return factor < 1 ? value / Math.Round(1 / factor) : value * factor;
        }

        string example = units.Length == 0 ? "a number" : $"a number, in {unit} or with {string.Join(", ", units.Select(u => u.Suffix))}";
        throw new UsageException($"{key}: '{text}' is not {example}");
    }
}
