namespace FlashMem.Abstractions.Kernels;

public enum ReduceOp
{
    Sum,
    Mean,
    Maximum,
    Minimum,
    Product,
    L1,
    L2,
    SumSquare,
    LogSum,
    LogSumExp,

    /// <summary>Int32 position of the first largest element.</summary>
    ArgMaximum,

    /// <summary>Int32 position of the first smallest element.</summary>
    ArgMinimum,
}

/// <summary>Reduces the inner axis. Input 0 has axes [outer, inner]; output has axes [outer].</summary>
public sealed record ReduceKernel : KernelDesc
{
    public required ReduceOp Op { get; init; }

    public override KernelFamily Family => KernelFamily.Reduce;

    public override OperatorClass Class => OperatorClass.Hierarchical;
}
