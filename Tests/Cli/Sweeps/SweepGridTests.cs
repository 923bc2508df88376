using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Sweeps;
using FlashMem.Scheduling.Plans;
using Xunit;

namespace FlashMem.Tests.Cli.Sweeps;

/// <summary>The order of points, and what they share.</summary>
public sealed class SweepGridTests
{
    [Fact]
    public void Points_go_by_device_model_budget_policy_and_figures_the_last_fastest()
    {
        var spec = new SweepSpec
        {
            Devices = ["sim:pixel-4", "sim:mi-6"],
            Models = ["b", "a"],
            Budgets = [2, null],
            Policies = [new(PlanPolicy.Next), new(PlanPolicy.Overlap)],
            Set =
            [
                new SweepAxis("storage.bandwidth", ["2GB/s", "1GB/s"]),
                new SweepAxis("memory.textureL1.size", ["1KiB", "4KiB", "2KiB"]),
            ],
        };
        var expected =
            from device in spec.Devices
            from model in spec.Models
            from budget in spec.Budgets
            from policy in spec.Policies
            from storage in spec.Set[0].Values
            from cache in spec.Set[1].Values
            select (device, model, budget, policy, storage, cache);

        var points = SweepGrid.Points(spec);

        Assert.Equal(
            expected,
            points.Select(p => (p.Device.Name, p.Model, p.BudgetBytes, p.Policy, p.Device.Values[0], p.Device.Values[1])));
        Assert.Equal(Enumerable.Range(0, 96), points.Select(point => point.Index));
        Assert.All(points, point =>
        {
            Assert.Equal(point.Device.Values[0] == "2GB/s" ? 2e9 : 1e9, point.Device.Spec.Storage.Bandwidth.Value);
            Assert.Equal(1024 * (point.Device.Values[1][0] - '0'), point.Device.Spec.Memory.TextureL1.Size.Value);
        });
    }

    [Fact]
    public void Only_figures_that_kernel_times_depend_on_separate_them()
    {
        var points = SweepGrid.Points(new SweepSpec
        {
            Devices = ["sim:pixel-4"],
            Models = ["a"],
            Set = [new SweepAxis("storage.bandwidth", ["2GB/s", "1GB/s"]), new SweepAxis("memory.textureL1.size", ["1KiB", "4KiB"])],
        });

        string[] identities = [.. points.Select(point => point.Device.KernelTimes)];
        Assert.Equal([identities[0], identities[1], identities[0], identities[1]], identities);
        Assert.NotEqual(identities[0], identities[1]);
    }

    [Fact]
    public void A_grid_that_nobody_would_wait_for_is_refused()
    {
        var axis = new SweepAxis("storage.bandwidth", [.. Enumerable.Range(1, 100).Select(i => $"{i}GB/s")]);
        var spec = new SweepSpec { Devices = ["sim:pixel-4"], Models = ["a"], Set = [axis, axis, axis, axis] };

        Assert.Contains("100000000", Assert.Throws<UsageException>(() => SweepGrid.Points(spec)).Message, StringComparison.Ordinal);
    }
}
