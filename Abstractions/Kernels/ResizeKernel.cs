namespace FlashMem.Abstractions.Kernels;

public enum ResizeMode
{
    Nearest,
    Linear,
    Cubic,
}

/// <summary>ONNX coordinate_transformation_mode.</summary>
public enum CoordinateTransform
{
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
}

/// <summary>ONNX nearest_mode.</summary>
public enum NearestRounding
{
    RoundPreferFloor,
    RoundPreferCeil,
    Floor,
    Ceil,
}

/// <summary>Resampling of the two spatial axes. Input 0 has axes [N, C, H, W]; output has axes [N, C, H', W'].</summary>
public sealed record ResizeKernel : KernelDesc
{
    public required ResizeMode Mode { get; init; }

    public required CoordinateTransform Transform { get; init; }

    public NearestRounding Rounding { get; init; }

    /// <summary>ONNX cubic_coeff_a.</summary>
    public float CubicCoefficient { get; init; } = -0.75f;

    /// <summary>ONNX exclude_outside: weights of samples outside the input are zero and the rest renormalised.</summary>
    public bool ExcludeOutside { get; init; }

    /// <summary>Scale along height as the model states it (output over input when it gives sizes).</summary>
    public required float ScaleHeight { get; init; }

    /// <summary>Scale along width as the model states it.</summary>
    public required float ScaleWidth { get; init; }

    public override KernelFamily Family => KernelFamily.Resize;

    public override OperatorClass Class => OperatorClass.Elemental;
}
