namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// A fused expression over broadcast inputs: every input view has the output's logical shape. With no inputs it fills the output.
/// <see cref="KernelDesc.Epilogue"/> is not used: the expression is the kernel.
/// </summary>
public sealed record ElementwiseKernel : KernelDesc
{
    public required ElementwiseProgram Program { get; init; }

    public override KernelFamily Family => KernelFamily.Elementwise;

    public override OperatorClass Class => OperatorClass.Elemental;

    public override bool CarriesMoves => Output.ElementCount > 0;
}
