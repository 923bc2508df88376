using FlashMem.Abstractions.Kernels;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>A random case of any family.</summary>
internal static class RandomCases
{
    /// <param name="family">Its family.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="depthInterleave">How the device wants weight panels.</param>
    public static KernelCase Create(KernelFamily family, Random random, int depthInterleave = 1)
    {
        var builder = new CaseBuilder(random, depthInterleave);
        return family switch
        {
            KernelFamily.MatMul => MatrixCases.MatMul(builder),
            KernelFamily.Conv => MatrixCases.Conv(builder),
            KernelFamily.Attention => MatrixCases.Attention(builder),
            KernelFamily.Elementwise => ElementCases.Elementwise(builder),
            KernelFamily.Copy => ElementCases.Copy(builder),
            KernelFamily.Softmax => RowCases.Softmax(builder),
            KernelFamily.Normalize => RowCases.Normalize(builder),
            KernelFamily.Reduce => RowCases.Reduce(builder),
            KernelFamily.Pool => ImageCases.Pool(builder),
            KernelFamily.Resize => ImageCases.Resize(builder),
            KernelFamily.Gather => IndexCases.Gather(builder),
            KernelFamily.Scatter => IndexCases.Scatter(builder),
            _ => throw new ArgumentOutOfRangeException(nameof(family), family, null),
        };
    }
}
