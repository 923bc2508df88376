using FlashMem.Abstractions.Measurements;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearRegression;

namespace FlashMem.Simulator.Twin;

/// <summary>A constant, a time per operation and a time per byte; none negative, so that more work never takes less time.</summary>
/// <param name="Constant">Seconds.</param>
/// <param name="PerFlop">Seconds.</param>
/// <param name="PerByte">Seconds.</param>
internal readonly record struct LinearTime(double Constant, double PerFlop, double PerByte)
{
    private const int Features = 3;

    // Features differ by some ten orders of magnitude, of which a solver would lose digits.
    private const double FlopScale = 1e9;
    private const double ByteScale = 1e6;

    public double Seconds(long flops, long bytes) => Constant + (PerFlop * flops) + (PerByte * bytes);

    /// <summary>The least sum of squared relative errors among all choices of features whose factors come out positive.</summary>
    /// <param name="kernels">At least one.</param>
    public static LinearTime Fit(IReadOnlyList<MeasuredKernel> kernels)
    {
        LinearTime best = default;
        double least = double.PositiveInfinity;
        for (int choice = 1; choice < 1 << Features; choice++)
        {
            if (TrySolve(kernels, choice) is { } candidate && Error(kernels, candidate) is var error && error < least)
            {
                (best, least) = (candidate, error);
            }
        }

        return best;
    }

    private static LinearTime? TrySolve(IReadOnlyList<MeasuredKernel> kernels, int choice)
    {
        int[] chosen = [.. Enumerable.Range(0, Features).Where(feature => (choice & (1 << feature)) != 0)];
        if (kernels.Count < chosen.Length || chosen.Any(feature => kernels.All(kernel => Value(kernel, feature) == 0)))
        {
            return null;
        }

        Matrix<double> rows = Matrix<double>.Build.Dense(
            kernels.Count, chosen.Length, (row, column) => Value(kernels[row], chosen[column]) / kernels[row].Seconds);
        Vector<double> ones = Vector<double>.Build.Dense(kernels.Count, 1);
        Vector<double> solution = MultipleRegression.Svd(rows, ones);
        double[] factors = new double[Features];
        for (int i = 0; i < chosen.Length; i++)
        {
            factors[chosen[i]] = solution[i];
        }

        return factors.All(factor => factor >= 0 && double.IsFinite(factor)) && factors.Sum() > 0
            ? new LinearTime(factors[0], factors[1] / FlopScale, factors[2] / ByteScale)
            : null;
    }

    private static double Value(MeasuredKernel kernel, int feature) => feature switch
    {
        0 => 1,
        1 => kernel.Flops / FlopScale,
        _ => kernel.Bytes / ByteScale,
    };

    private static double Error(IReadOnlyList<MeasuredKernel> kernels, LinearTime fit) =>
        kernels.Sum(kernel => Math.Pow((fit.Seconds(kernel.Flops, kernel.Bytes) / kernel.Seconds) - 1, 2));
}
