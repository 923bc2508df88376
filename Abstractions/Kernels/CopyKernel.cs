namespace FlashMem.Abstractions.Kernels;

/// <summary>Copies a strided region: input 0 and output have the same logical shape (transpose, concat, pad, expand, split).</summary>
public sealed record CopyKernel : KernelDesc
{
    public override KernelFamily Family => KernelFamily.Copy;

    public override OperatorClass Class => OperatorClass.Elemental;
}
