namespace FlashMem.Abstractions.Kernels;

/// <summary>Work estimate of one kernel: arithmetic and bytes per memory space, each counted once.</summary>
/// <param name="Flops">Floating-point operations (a multiply-add counts two).</param>
/// <param name="WeightBytes">Streamed and small weights read.</param>
/// <param name="InputBytes">Activations read.</param>
/// <param name="OutputBytes">Activations written.</param>
public readonly record struct KernelCost(long Flops, long WeightBytes, long InputBytes, long OutputBytes)
{
    public long TotalBytes => WeightBytes + InputBytes + OutputBytes;

    /// <summary>Operations per byte; 0 when no byte moves.</summary>
    public double ArithmeticIntensity => TotalBytes == 0 ? 0 : (double)Flops / TotalBytes;
}
