namespace FlashMem.Abstractions.Kernels;

public enum PoolMode
{
    Maximum,

    /// <summary>Mean over the window's elements inside the input.</summary>
    Average,

    /// <summary>Mean over the whole window, padding counted as zeros.</summary>
    AverageIncludingPad,
}

/// <summary>Windowed reduction. Input 0 has axes [N, C, H, W]; output has axes [N, C, H', W'].</summary>
public sealed record PoolKernel : KernelDesc
{
    public required PoolMode Mode { get; init; }

    public required Extent2D Kernel { get; init; }

    public required Extent2D Strides { get; init; }

    public required Extent2D Dilations { get; init; }

    public required Padding2D Pads { get; init; }

    public override KernelFamily Family => KernelFamily.Pool;

    public override OperatorClass Class => OperatorClass.Elemental;
}
