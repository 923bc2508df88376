using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Kernels;
using FlashMem.Tests.Simulator.Kernels;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

public sealed class SimulatedEstimatesTests
{
    private static readonly KernelDesc Product = SimulatorKernels.Product(128, 768, 768);

    private static readonly PanelRange All = new(0, Product.Panels!.PanelCount);

    [Fact]
    public async Task Planning_sees_the_times_and_capacities_by_which_the_device_runs()
    {
        await using SimulatedDevice device = Open();
        var timer = new KernelTimer(SimulatorKernels.Phone);
        double launchMs = device.Spec.LaunchLatency.Value * 1e3;

        Assert.Equal(
            launchMs + timer.Time(Product, All, 0).Alone.Milliseconds, device.Estimates!.Time(Product, All).Milliseconds, 1e-6);
        long capacity = device.Estimates!.CapacityBytes(Product, All, 0.2)!.Value;
        Assert.Equal(new LoadCapacityCurve(timer, Product, All).CapacityWithin(0.2), capacity);
        Assert.True(device.Estimates!.Time(Product, All with { Count = 1 }) < device.Estimates.Time(Product, All));
    }

    [Fact]
    public async Task Identity_follows_what_times_depend_on()
    {
        await using SimulatedDevice device = Open();
        Assert.Equal(new KernelTimer(SimulatorKernels.Phone).Identity, device.Estimates!.Identity);
    }

    private static SimulatedDevice Open() =>
        SimulatedDevice.Open(new SimulatedDeviceOptions { Name = "phone", Spec = SimulatorKernels.Phone });
}
