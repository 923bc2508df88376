namespace FlashMem.Abstractions.Kernels;

/// <summary>Extents along height and width. One-dimensional operators have height 1.</summary>
public readonly record struct Extent2D(int Height, int Width);

/// <summary>Padding before and after each spatial axis; negative padding crops.</summary>
public readonly record struct Padding2D(int Top, int Left, int Bottom, int Right);

/// <summary>
/// Two-dimensional convolution. Input 0 is X with axes [N, C, H, W]; output axes are [N, C', H', W']. The streamed weight has
/// depth (kernel row, kernel column, input channel of the group) and one column per output channel of the group.
/// A depthwise convolution (one input channel per group) has no streamed weight: input 1 is its dense table with axes
/// [kernel row x kernel column, C'].
/// </summary>
public sealed record ConvKernel : KernelDesc
{
    public PanelLayout? Weight { get; init; }

    public required Extent2D Kernel { get; init; }

    public required Extent2D Strides { get; init; }

    public required Extent2D Dilations { get; init; }

    public required Padding2D Pads { get; init; }

    public required int Groups { get; init; }

    /// <summary>
    /// Zeros inserted between input elements plus one: 1 for a convolution; the stride of a transposed convolution, which is a
    /// convolution of the spread-out input with the flipped kernel.
    /// </summary>
    public Extent2D InputDilation { get; init; } = new(1, 1);

    public override KernelFamily Family => KernelFamily.Conv;

    public override OperatorClass Class => OperatorClass.Reusable;

    /// <summary>As a matrix product of its windows; depthwise convolutions do not.</summary>
    public override bool CarriesMoves => Weight is not null && Output.ElementCount > 0;

    public override PanelLayout? Panels => Weight;
}
