namespace FlashMem.Abstractions.Kernels;

public enum NormalizeMode
{
    /// <summary>(x - mean) / sqrt(variance + epsilon): layer, group and instance normalisation.</summary>
    MeanVariance,

    /// <summary>x / sqrt(mean(x^2) + epsilon): RMSNorm.</summary>
    RootMeanSquare,
}

/// <summary>
/// Normalises over the inner axis, then scales and shifts. Input 0 and output have axes [outer, inner]; input 1 (with
/// <see cref="HasScale"/>) and the next (with <see cref="HasBias"/>) are broadcast to the same axes.
/// </summary>
public sealed record NormalizeKernel : KernelDesc
{
    public required NormalizeMode Mode { get; init; }

    public required float Epsilon { get; init; }

    public bool HasScale { get; init; }

    public bool HasBias { get; init; }

    public override KernelFamily Family => KernelFamily.Normalize;

    public override OperatorClass Class => OperatorClass.Hierarchical;
}
