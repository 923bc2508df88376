namespace FlashMem.Graph.Import;

/// <summary>How a model file is read.</summary>
internal sealed record OnnxReadOptions
{
    /// <summary>
    /// External data files must exist and hold every tensor's range. False lets a graph be inspected before its data has been made;
    /// the rules on paths and ranges still hold.
    /// </summary>
    public bool RequireExternalData { get; init; } = true;

    /// <summary>Smallest version of the standard operator set that is read.</summary>
    public int MinimumOpset { get; init; } = 7;

    /// <summary>Largest version of the standard operator set that is read.</summary>
    public int MaximumOpset { get; init; } = 22;
}
