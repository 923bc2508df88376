using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Normalisation: the mean (unless by root mean square), the mean square, the results with scale and bias.</summary>
internal static class NormalizePattern
{
    public static KernelPattern Create(PatternTarget target, NormalizeKernel kernel, long carriedBytes) =>
        new RowPattern(target, kernel, carriedBytes, new RowShape
        {
            Folds = kernel.Mode == NormalizeMode.MeanVariance ? 2 : 1,
            Operations = 2,
            Extra = (kernel.HasScale ? 1 : 0) + (kernel.HasBias ? 1 : 0),
        });
}
