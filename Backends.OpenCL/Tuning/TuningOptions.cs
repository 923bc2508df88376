namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>How kernels are tuned.</summary>
public sealed record TuningOptions
{
    /// <summary>
    /// Seconds for all kernels of one call, the costliest first. When they are over, no other candidate is tried; what was left out is
    /// tuned by the next call. Default: 300. Timing the table's own choices comes first and is not bounded.
    /// </summary>
    public double Seconds { get; init; } = 300;

    /// <summary>Timed launches of a candidate after one that is not, whose median counts. Default: 7.</summary>
    public int Launches { get; init; } = 7;

    /// <summary>A candidate whose first timed launch takes more than so many times the best median is dropped. Default: 2.</summary>
    public double DropFactor { get; init; } = 2;

    /// <summary>Share of its time by which a candidate must beat the table's choice to replace it. Default: 0.03.</summary>
    public double LeastGain { get; init; } = 0.03;
}
