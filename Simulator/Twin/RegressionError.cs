using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Twin;

/// <summary>How well kernels of a family are estimated that were left out of the fit, one at a time.</summary>
/// <param name="Family">The family.</param>
/// <param name="Kernels">Distinct launches measured.</param>
/// <param name="MedianError">Median of |estimated - measured| / measured.</param>
/// <param name="LargestError">The largest of them.</param>
public sealed record RegressionError(KernelFamily Family, int Kernels, double MedianError, double LargestError);
