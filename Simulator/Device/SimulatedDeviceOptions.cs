using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>How a simulated device is opened.</summary>
public sealed record SimulatedDeviceOptions
{
    internal const ulong DefaultSeed = 1;

    /// <summary>Name as on the command line.</summary>
    public required string Name { get; init; }

    public required SimulatorSpec Spec { get; init; }

    /// <summary>
    /// Computes the values; a zero-copy device, owned by the simulated one from then on. Null, the default, simulates time only.
    /// </summary>
    public IDevice? Values { get; init; }

    /// <summary>
    /// Where times of kernels are remembered from one process to the next; null, the default, for nowhere. They depend on the figures
    /// alone, so remembering them changes no result.
    /// </summary>
    public string? KernelTimesDirectory { get; init; }

    /// <summary>Nothing by default.</summary>
    public SimulatorFaults Faults { get; init; } = new();

    /// <summary>Of <see cref="SimulatorFaults.Jitter"/>; 1 by default.</summary>
    public ulong Seed { get; init; } = DefaultSeed;
}
