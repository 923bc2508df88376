using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Device;
using FlashMem.Tests.Simulator.Device;

namespace FlashMem.Tests.Conformance;

/// <summary>A simulated phone with memory of its own that wraps the host for values.</summary>
public sealed class SimulatedFixture : IDeviceFixture
{
    private readonly SimulatedDevice device = TestDevices.WithValues();

    public IDevice Device => device;

    public IDevice Open() => TestDevices.WithValues();

    public int CasesPerFamily => 20;

    public string? Gap(KernelDesc kernel) => null;

    public ValueTask DisposeAsync() => device.DisposeAsync();
}
