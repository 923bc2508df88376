namespace FlashMem.Scheduling.Planners;

/// <summary>Predicted course of one run; times in milliseconds from its first read.</summary>
internal sealed class RunTimeline(int steps, int loads)
{
    public double[] StartMs { get; } = new double[steps];

    public double[] EndMs { get; } = new double[steps];

    /// <summary>When the read of every load starts; 0 for loads that the run skips.</summary>
    public double[] ReadMs { get; } = new double[loads];

    /// <summary>When the read of every load could start if storage were idle; empty on zero-copy devices.</summary>
    public double[] ReadableMs { get; init; } = [];

    /// <summary>When the bytes of every load are in unified memory, by load; empty on zero-copy devices.</summary>
    public double[] ArrivalMs { get; init; } = [];

    /// <summary>
    /// When the copy of every load starts, by load; 0 for one that the run skips and where kernels move it, empty on zero-copy devices.
    /// </summary>
    public double[] CopyStartMs { get; init; } = [];

    /// <summary>
    /// When the copy of every load is complete, and its staging free for the next; for a load that the run skips, when that of the one before
    /// is. 0 where kernels move it, empty on zero-copy devices.
    /// </summary>
    public double[] CopyEndMs { get; init; } = [];

    /// <summary>End of the last step.</summary>
    public double TotalMs { get; set; }

    /// <summary>Time that steps waited for storage or for moves.</summary>
    public double StallMs { get; set; }
}
