namespace FlashMem.Scheduling.Planners;

/// <summary>Predicted course of one run; times in milliseconds from its first read.</summary>
internal sealed class RunTimeline(int steps)
{
    public double[] StartMs { get; } = new double[steps];

    public double[] EndMs { get; } = new double[steps];

    /// <summary>When the bytes of every load are in unified memory, by load; empty on zero-copy devices.</summary>
    public double[] ArrivalMs { get; init; } = [];

    /// <summary>End of the last step.</summary>
    public double TotalMs { get; set; }

    /// <summary>Time that steps waited for storage or for moves.</summary>
    public double StallMs { get; set; }
}
