using System.Globalization;

namespace FlashMem.Simulator.Twin;

/// <summary>How much of a twin's kernel time was measured and how much estimated, since it was opened. Not thread-safe.</summary>
public sealed class KernelTimeSources
{
    private readonly HashSet<(string Signature, int Panels)> measured = [];
    private readonly HashSet<(string Signature, int Panels)> estimated = [];

    /// <summary>Distinct launches that the profile has.</summary>
    public int Measured => measured.Count;

    /// <summary>Distinct launches that it does not have.</summary>
    public int Estimated => estimated.Count;

    /// <summary>Kernel time of all launches, in seconds.</summary>
    public double Seconds { get; private set; }

    /// <summary>The part of <see cref="Seconds"/> that was estimated.</summary>
    public double EstimatedSeconds { get; private set; }

    /// <summary>Half a sentence for reports.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Measured} distinct launches as measured, {Estimated} estimated"
        + $"{(Seconds > 0 ? $" ({EstimatedSeconds / Seconds * 100:0.#} % of kernel time)" : "")}");

    internal void Add(string signature, int panels, in LaunchTime time)
    {
        (time.IsEstimate ? estimated : measured).Add((signature, panels));
        Seconds += time.Seconds;
        EstimatedSeconds += time.IsEstimate ? time.Seconds : 0;
    }
}
