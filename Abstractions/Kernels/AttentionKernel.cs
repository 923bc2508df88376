namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// Scaled dot-product attention: Output = softmax(Scale * Q K^T + mask) V. Inputs: Q [B, H, Lq, D], K [B, H, Lk, D], V [B, H, Lk, Dv]
/// and, with <see cref="HasMask"/>, an additive mask broadcast to [B, H, Lq, Lk]. Output axes are [B, H, Lq, Dv]. The score matrix is
/// never stored as a tensor.
/// </summary>
public sealed record AttentionKernel : KernelDesc
{
    public required float Scale { get; init; }

    public bool HasMask { get; init; }

    public override KernelFamily Family => KernelFamily.Attention;

    public override OperatorClass Class => OperatorClass.Reusable;
}
