using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Softmax: the maximum, the sum of the exponentials, the results.</summary>
internal static class SoftmaxPattern
{
    public static KernelPattern Create(PatternTarget target, SoftmaxKernel kernel, long carriedBytes) =>
        new RowPattern(target, kernel, carriedBytes, new RowShape { Folds = 2, Operations = 2, Special = 1 });
}
