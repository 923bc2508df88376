namespace FlashMem.Abstractions.Kernels;

public enum ScatterMode
{
    Elements,
    Nd,
}

public enum ScatterReduction
{
    None,
    Add,
    Multiply,
    Maximum,
    Minimum,
}

/// <summary>
/// Output is a copy of input 0 (data) with updates written by index: input 1 are Int32 indices, input 2 the updates, all in the
/// model's own axes (ONNX ScatterElements and ScatterND). Updates apply in index order.
/// </summary>
public sealed record ScatterKernel : KernelDesc
{
    public required ScatterMode Mode { get; init; }

    public int Axis { get; init; }

    public ScatterReduction Reduction { get; init; }

    public override KernelFamily Family => KernelFamily.Scatter;

    public override OperatorClass Class => OperatorClass.Elemental;
}
