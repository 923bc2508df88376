using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Estimates kernels that were not measured from those that were: per family a constant, a time per operation and a time per byte, fitted
/// by least squares of relative errors. A family with few measured kernels is estimated by all of them together.
/// </summary>
public sealed class KernelRegression
{
    private const int FewestKernels = 6;

    private readonly Dictionary<KernelFamily, LinearTime> families = [];
    private readonly LinearTime all;

    private KernelRegression(IReadOnlyList<MeasuredKernel> kernels)
    {
        all = LinearTime.Fit(kernels);
        LaunchSeconds = Median([.. kernels.Select(kernel => kernel.LaunchSeconds)]);
        foreach (IGrouping<KernelFamily, MeasuredKernel> family in kernels.GroupBy(kernel => kernel.Family))
        {
            if (family.Count() >= FewestKernels)
            {
                families.Add(family.Key, LinearTime.Fit([.. family]));
            }
        }
    }

    /// <summary>Before any kernel that was not measured.</summary>
    public double LaunchSeconds { get; }

    /// <param name="kernels">At least one.</param>
    public static KernelRegression Fit(IReadOnlyList<MeasuredKernel> kernels) => new(kernels);

    /// <summary>Errors of estimates by fits from which the kernel estimated was left out, by family.</summary>
    public static IReadOnlyList<RegressionError> CrossValidate(IReadOnlyList<MeasuredKernel> kernels)
    {
        var errors = new List<RegressionError>();
        foreach (IGrouping<KernelFamily, MeasuredKernel> family in kernels.GroupBy(kernel => kernel.Family).OrderBy(group => group.Key))
        {
            MeasuredKernel[] members = [.. family];
            MeasuredKernel[] outside = [.. kernels.Where(kernel => kernel.Family != family.Key)];
            MeasuredKernel[] Others(int left) => members.Length > FewestKernels
                ? [.. members.Where((_, i) => i != left)]
                : [.. outside, .. members.Where((_, i) => i != left)];
            double[] relative = [.. members.Select((kernel, i) => Others(i) is { Length: > 0 } others
                ? Math.Abs(LinearTime.Fit(others).Seconds(kernel.Flops, kernel.Bytes) - kernel.Seconds) / kernel.Seconds
                : 1)];
            errors.Add(new RegressionError(family.Key, members.Length, Median(relative), relative.Max()));
        }

        return errors;
    }

    /// <summary>Time of a launch from its start to its end.</summary>
    public double Seconds(KernelFamily family, long flops, long bytes) =>
        families.GetValueOrDefault(family, all).Seconds(flops, bytes);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
