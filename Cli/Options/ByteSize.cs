using System.Globalization;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Cli.Options;

/// <summary>
/// Sizes as people write them: plain bytes, or a number with KiB, MiB, GiB (powers of 1024) or KB, MB, GB (powers of 1000).
/// </summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ];

    public static long Parse(string text)
    {
        string number = text.Trim();
        long unit = 1;
        foreach ((string suffix, long bytes) in Units)
        {
            if (number.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                unit = bytes;
                number = number[..^suffix.Length].TrimEnd();
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            || value <= 0 || value > long.MaxValue / unit)
        {
            throw new UsageException($"'{text}' is not a size; write for example 32MiB, 1.5GiB, 500MB or 4096");
        }

        return (long)(value * unit);
    }

    /// <summary>For people: binary units with three significant figures or so, for example <c>48.7 MiB</c>.</summary>
    public static string Format(long bytes) => bytes switch
    {
        < 1L << 10 => $"{bytes} B",
        < 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.##} GiB"),
    };
}
