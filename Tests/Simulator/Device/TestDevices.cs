using FlashMem.Abstractions.Devices;
using FlashMem.Backends.Host;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Simulated devices whose kernels take what <see cref="RooflineTimer"/> says.</summary>
internal static class TestDevices
{
    public const string Name = "sim:pixel-4";

    public static SimulatorSpec Spec { get; } = SimulatorPresets.Load("pixel-4");

    /// <summary>Values by the host on one thread.</summary>
    public static SimulatedDevice WithValues(SimulatorFaults? faults = null, SimulatorSpec? spec = null, ulong seed = 1) =>
        Open(HostDevice.Open(new HostDeviceOptions { Threads = 1, HalfActivations = true }), faults, spec, seed);

    public static SimulatedDevice TimingOnly(SimulatorFaults? faults = null, SimulatorSpec? spec = null, ulong seed = 1) =>
        Open(null, faults, spec, seed);

    private static SimulatedDevice Open(IDevice? values, SimulatorFaults? faults, SimulatorSpec? spec, ulong seed)
    {
        var options = new SimulatedDeviceOptions
        {
            Name = Name, Spec = spec ?? Spec, Values = values, Faults = faults ?? new SimulatorFaults(), Seed = seed,
        };
        return SimulatedDevice.Open(options, new RooflineTimer());
    }
}
