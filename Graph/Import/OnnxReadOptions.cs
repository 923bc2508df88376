using System.Collections.Immutable;
using FlashMem.Graph.Ir;

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

    /// <summary>
    /// Values of inputs that are known in advance, by name: these become constants and are no longer inputs, so that shapes may depend
    /// on them.
    /// </summary>
    public ImmutableDictionary<string, ConstantTensor> BoundInputs { get; init; } = ImmutableDictionary<string, ConstantTensor>.Empty;
}
