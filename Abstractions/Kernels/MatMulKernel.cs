namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// Output[b, m, n] = sum over k of A[b, m, k] * B[b, k, n]. Input 0 is A with axes [batch, M, K]; output axes are [batch, M, N].
/// With <see cref="Weight"/> the right-hand side is a streamed weight shared by all rows (batch is 1). Without it input 1 is B, an
/// activation with axes [batch, K, N]. Any axis may have several factors; stride 1 along K (and along N for B) is the fast case.
/// </summary>
public sealed record MatMulKernel : KernelDesc
{
    public PanelLayout? Weight { get; init; }

    public override KernelFamily Family => KernelFamily.MatMul;

    public override OperatorClass Class => OperatorClass.Reusable;

    public override bool CarriesMoves => Output.ElementCount > 0;

    public override PanelLayout? Panels => Weight;
}
