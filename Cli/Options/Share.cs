using System.Globalization;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Cli.Options;

/// <summary>A share on the command line: 5% or 0.05.</summary>
internal static class Share
{
    /// <exception cref="UsageException">Not a number, negative, or not finite.</exception>
    public static double Parse(string text)
    {
        bool isPercentage = text.EndsWith('%');
        return double.TryParse(
                isPercentage ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value / (isPercentage ? 100 : 1)
            : throw new UsageException($"'{text}' is no share; write 5% or 0.05");
    }
}
