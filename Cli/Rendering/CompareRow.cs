using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>One line of a comparison: the first run and the repeated ones, or why the setting was refused.</summary>
internal sealed record CompareRow(string Device, string Policy, long? BudgetBytes, RunReport? First, RunReport? Repeated, string? Refused)
{
    /// <summary>How kernels were timed, on twins of measured devices; null for others.</summary>
    public string? TimeSources { get; init; }

    /// <summary>
    /// Simulated divided by measured time of a repeated run, on twins whose device was measured beside them; null for others.
    /// </summary>
    public double? OfMeasured { get; init; }
}
