using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Twin;
using FlashMem.Tests.Scheduling;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>What planners hear of a profile's kernel times.</summary>
public sealed class MeasuredEstimatesTests
{
    private const double LaunchSeconds = 3e-6;
    private const double SliceSeconds = 10e-6;
    private const double WholeSeconds = 50e-6;

    // 8 panels and 2 panels.
    private static readonly KernelDesc Known = Chains.MatMuls([(64, 256)]).Kernels[0].Desc;
    private static readonly KernelDesc Unknown = Chains.MatMuls([(128, 64)]).Kernels[0].Desc;

    private static readonly TwinFigures Figures = MadeUpTwins.Figures(
        Problems.Textures,
        MadeUpTwins.Measured(Known, 2, LaunchSeconds, SliceSeconds),
        MadeUpTwins.Measured(Known, 8, LaunchSeconds, WholeSeconds)) with
    {
        CarriedCosts = [new CarriedCost(OperatorClass.Reusable, 1e-9)],
    };

    [Theory]
    [InlineData(8, LaunchSeconds + WholeSeconds)]
    [InlineData(2, LaunchSeconds + SliceSeconds)]
    [InlineData(5, LaunchSeconds + ((SliceSeconds + WholeSeconds) / 2))]
    public void A_known_kernel_takes_what_was_measured_and_its_slices_what_lies_between(int panels, double seconds)
    {
        MeasuredEstimates estimates = Of(Figures);

        Assert.Equal(seconds * 1e3, estimates.Time(Known, new PanelRange(1, panels)).Milliseconds, 1e-9);
        Assert.Equal((1, 0), (estimates.Sources.Measured, estimates.Sources.Estimated));
    }

    [Fact]
    public void Where_a_weight_lies_and_what_it_is_called_do_not_matter()
    {
        var other = (MatMulKernel)Known with { Name = "another" };

        Assert.Equal((LaunchSeconds + WholeSeconds) * 1e3, Of(Figures).Time(other, new PanelRange(0, 8)).Milliseconds, 1e-9);
    }

    [Fact]
    public void A_kernel_in_another_layout_is_another_kernel()
    {
        var matMul = (MatMulKernel)Known;
        MeasuredEstimates estimates = Of(Figures);

        estimates.Time(matMul with { Weight = matMul.Weight! with { DepthInterleave = 4 } }, new PanelRange(0, 8));

        Assert.Equal((0, 1), (estimates.Sources.Measured, estimates.Sources.Estimated));
    }

    [Fact]
    public void An_unknown_kernel_takes_what_the_regression_says_launch_included()
    {
        var regression = KernelRegression.Fit(Figures.Kernels);
        (long flops, long bytes) = KernelWork.OfLaunch(Unknown, 1);
        MeasuredEstimates estimates = Of(Figures);

        double seconds = regression.LaunchSeconds + regression.Seconds(KernelFamily.MatMul, flops, bytes);

        Assert.Equal(seconds * 1e3, estimates.Time(Unknown, new PanelRange(0, 1)).Milliseconds, 1e-9);
        Assert.Equal((0, 1), (estimates.Sources.Measured, estimates.Sources.Estimated));
    }

    [Fact]
    public void Capacity_is_the_growth_of_the_time_over_the_cost_of_a_byte()
    {
        MeasuredEstimates estimates = Of(Figures);

        Assert.Equal(0.2 * WholeSeconds / 1e-9, (double)estimates.CapacityBytes(Known, new PanelRange(0, 8), 0.2)!, 1.0);
        Assert.Equal(0, estimates.CapacityBytes(Known, new PanelRange(0, 8), 0));
        Assert.Equal(0, estimates.Sources.Measured);
        Assert.Null(Of(Figures with { CarriedCosts = [] }).CapacityBytes(Known, new PanelRange(0, 8), 0.2));
    }

    [Fact]
    public void Moves_that_cost_nothing_have_no_limit_but_none_where_nothing_may_grow()
    {
        MeasuredEstimates estimates = Of(Figures with { CarriedCosts = [new CarriedCost(OperatorClass.Reusable, 0)] });

        Assert.Equal(long.MaxValue / 2, (double)estimates.CapacityBytes(Known, new PanelRange(0, 8), 0.2)!, 1024.0);
        Assert.Equal(0, estimates.CapacityBytes(Known, new PanelRange(0, 8), 0));
    }

    [Fact]
    public void Every_figure_is_part_of_the_identity_and_a_name_is_not()
    {
        MeasuredKernel first = Figures.Kernels[0];
        TwinFigures With(MeasuredKernel kernel) => Figures with { Kernels = Figures.Kernels.SetItem(0, kernel) };
        TwinFigures[] others =
        [
            Figures,
            With(first with { Signature = "another" }),
            With(first with { Family = KernelFamily.Conv }),
            With(first with { Class = OperatorClass.Elemental }),
            With(first with { Panels = 3 }),
            With(first with { Flops = first.Flops + 1 }),
            With(first with { Bytes = first.Bytes + 1 }),
            With(first with { LaunchSeconds = Math.BitIncrement(first.LaunchSeconds) }),
            With(first with { Seconds = Math.BitIncrement(first.Seconds) }),
            Figures with { Kernels = [first] },
            Figures with { CarriedCosts = [] },
            Figures with { CarriedCosts = [new CarriedCost(OperatorClass.Reusable, 2e-9)] },
            Figures with { CarriedCosts = [new CarriedCost(OperatorClass.Elemental, 1e-9)] },
        ];

        Assert.Equal(others.Length, others.Select(figures => Of(figures).Identity).Distinct().Count());
        Assert.Equal(Of(Figures).Identity, Of(With(first with { Name = "another" })).Identity);
    }

    [Fact]
    public void A_report_counts_launches_and_says_how_far_off_estimates_of_their_families_are()
    {
        MeasuredEstimates estimates = Of(Figures);
        estimates.Time(Known, new PanelRange(0, 8));
        Assert.Equal("1 distinct launches as measured, 0 estimated (0 % of kernel time)", estimates.Describe());

        estimates.Time(Unknown, new PanelRange(0, 2));

        Assert.StartsWith("1 distinct launches as measured, 1 estimated (", estimates.Describe(), StringComparison.Ordinal);
        Assert.Contains(" % of kernel time; left-out error: MatMul ", estimates.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_without_kernel_times_has_no_estimates() =>
        Assert.Null(MeasuredEstimates.Of("device", Figures with { Kernels = [] }, pageCache: false));

    [Theory]
    [InlineData(-1e-6, 1e-6)]
    [InlineData(1e-6, -1e-6)]
    [InlineData(double.NaN, 1e-6)]
    [InlineData(1e-6, double.PositiveInfinity)]
    public void A_time_that_cannot_be_is_refused_by_name(double launchSeconds, double seconds)
    {
        TwinFigures bad = Figures with { Kernels = [MadeUpTwins.Measured(Known, 8, launchSeconds, seconds)] };

        var error = Assert.Throws<UsageException>(() => MeasuredEstimates.Of("device", bad, pageCache: false));

        Assert.Contains($"'{Known.Name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    public void A_cost_that_cannot_be_is_refused(double secondsPerByte)
    {
        TwinFigures bad = Figures with { CarriedCosts = [new CarriedCost(OperatorClass.Elemental, secondsPerByte)] };

        var error = Assert.Throws<UsageException>(() => MeasuredEstimates.Of("device", bad, pageCache: false));

        Assert.Contains("Elemental", error.Message, StringComparison.Ordinal);
    }

    private static MeasuredEstimates Of(TwinFigures figures) => MeasuredEstimates.Of("device", figures, pageCache: false)!;
}
