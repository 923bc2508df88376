namespace FlashMem.Abstractions.Kernels;

/// <summary>Softmax (or its logarithm) over the last axis. Input 0 and output have axes [outer, N].</summary>
public sealed record SoftmaxKernel : KernelDesc
{
    public bool Logarithm { get; init; }

    public override KernelFamily Family => KernelFamily.Softmax;

    public override OperatorClass Class => OperatorClass.Hierarchical;
}
