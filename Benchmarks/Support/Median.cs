namespace FlashMem.Benchmarks.Support;

/// <summary>Median and spread of repeated measurements.</summary>
internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Median with minimum and maximum, for example <c>42 (40-47)</c>.</summary>
    public static string WithRange(IReadOnlyCollection<double> values) => $"{Of(values):0} ({values.Min():0}-{values.Max():0})";
}
