using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Twin;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>Times of launches that were not measured.</summary>
public sealed class TwinKernelTimeTests
{
    [Property]
    public void A_slice_takes_no_more_than_a_larger_one_and_at_least_its_share_of_the_smallest(PositiveInt a, PositiveInt b, PositiveInt number)
    {
        double small = 1 + (a.Get % 100);
        double whole = small + (b.Get % 100);
        MeasuredKernel[] measured = [Kernel(8, 1, 1, small), Kernel(32, 1, 1, whole)];
        int panels = 1 + (number.Get % 32);

        double seconds = PanelTimes.At([.. measured], panels, 0).Seconds;

        Assert.True(seconds <= PanelTimes.At([.. measured], panels + 1, 0).Seconds + 1e-9);
        Assert.InRange(seconds, Math.Min(small * panels / 8, small) - 1e-9, whole + 1e-9);
        Assert.Equal(small, PanelTimes.At([.. measured], 8, 0).Seconds);
        Assert.Equal(whole, PanelTimes.At([.. measured], 32, 0).Seconds);
    }

    [Property]
    public void Times_that_are_linear_in_work_are_found_again(PositiveInt constant, PositiveInt perFlop, PositiveInt perByte)
    {
        double c = (constant.Get % 50) * 1e-6;
        double f = (1 + (perFlop.Get % 50)) * 1e-12;
        double d = (perByte.Get % 50) * 1e-10;
        MeasuredKernel[] kernels = [.. Enumerable.Range(1, 12).Select(i =>
        {
            long flops = 1_000_000L * i * i;
            long bytes = 40_000L * ((i % 5) + 1);
            return Kernel(0, flops, bytes, c + (f * flops) + (d * bytes));
        })];

        var regression = KernelRegression.Fit(kernels);

        double expected = c + (f * 5e8) + (d * 3e5);
        Assert.Equal(expected, regression.Seconds(KernelFamily.MatMul, 500_000_000, 300_000), expected * 1e-6);
        Assert.All(KernelRegression.CrossValidate(kernels), error => Assert.True(error.LargestError < 1e-6, $"{error}"));
    }

    [Property]
    public void No_factor_is_negative_whatever_was_measured(int seed)
    {
        var random = new Random(seed);
        MeasuredKernel[] kernels = [.. Enumerable.Range(0, 1 + random.Next(12)).Select(_ =>
            Kernel(0, random.NextInt64(1_000_000_000), 1 + random.NextInt64(1_000_000), 1e-6 + random.NextDouble()))];

        LinearTime fit = LinearTime.Fit(kernels);

        Assert.True(fit is { Constant: >= 0, PerFlop: >= 0, PerByte: >= 0 }, $"{fit}");
        Assert.True(fit.Seconds(1, 1) > 0, $"{fit}");
    }

    private static MeasuredKernel Kernel(int panels, long flops, long bytes, double seconds) => new()
    {
        Signature = $"{flops}/{bytes}", Name = "kernel", Family = KernelFamily.MatMul, Class = OperatorClass.Reusable, Panels = panels,
        Flops = flops, Bytes = bytes, LaunchSeconds = 1e-6, Seconds = seconds,
    };
}
