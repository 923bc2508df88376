using System.Globalization;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// How much of the kernel time asked for was measured and how much estimated, since a twin was opened or planning began. Not thread-safe.
/// </summary>
public sealed class KernelTimeSources
{
    private readonly HashSet<(string Signature, int Panels)> measured = [];
    private readonly HashSet<(string Signature, int Panels)> estimated = [];
    private readonly SortedSet<KernelFamily> estimatedFamilies = [];

    /// <summary>Distinct launches that the profile has.</summary>
    public int Measured => measured.Count;

    /// <summary>Distinct launches that it does not have.</summary>
    public int Estimated => estimated.Count;

    /// <summary>Kernel time of all launches, in seconds.</summary>
    public double Seconds { get; private set; }

    /// <summary>The part of <see cref="Seconds"/> that was estimated.</summary>
    public double EstimatedSeconds { get; private set; }

    /// <summary>Half a sentence for reports.</summary>
    public string Describe() => Describe([]);

    /// <summary>The same with what is known of the estimates' errors.</summary>
    /// <param name="errors">Of kernels left out of the fit; none says nothing of errors.</param>
    public string Describe(IReadOnlyCollection<RegressionError> errors)
    {
        string[] details =
        [
            .. Seconds > 0 ? [Invariant($"{EstimatedSeconds / Seconds * 100:0.#} % of kernel time")] : (string[])[],
            .. errors.Count > 0 && Estimated > 0
                ? [$"left-out error: {string.Join(", ", estimatedFamilies.Select(family => ErrorOf(family, errors)))}"]
                : (string[])[],
        ];
        return $"{Invariant($"{Measured} distinct launches as measured, {Estimated} estimated")}"
            + $"{(details.Length > 0 ? $" ({string.Join("; ", details)})" : "")}";
    }

    internal void Add(string signature, KernelFamily family, int panels, in LaunchTime time)
    {
        (time.IsEstimate ? estimated : measured).Add((signature, panels));
        Seconds += time.Seconds;
        if (time.IsEstimate)
        {
            estimatedFamilies.Add(family);
            EstimatedSeconds += time.Seconds;
        }
    }

    private static string ErrorOf(KernelFamily family, IReadOnlyCollection<RegressionError> errors) =>
        errors.FirstOrDefault(error => error.Family == family) is { } found
            ? Invariant($"{family} {found.MedianError * 100:0} %")
            : $"{family} unknown, none was measured";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
