using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Packing;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Devices;

/// <summary>Simulated devices as the tool opens them: <c>sim:PRESET</c> or <c>sim:FILE.json</c>, values by the host.</summary>
internal static class SimulatedDevices
{
    private const string Prefix = "sim:";

    /// <summary>Listing of all names, for messages.</summary>
    public const string Pattern = "sim:PRESET, sim:FILE.json";

    /// <summary>Where kernel times are kept from one process to the next.</summary>
    public static string KernelTimesDirectory => Path.Combine(CacheDirectory.Default, "kernel-times");

    public static bool IsNamed(string device) => device.StartsWith(Prefix, StringComparison.Ordinal);

    public static IReadOnlyList<DeviceProbe> Probe() =>
        [.. SimulatorPresets.Names.Select(name => new DeviceProbe(Prefix + name, true, SimulatorPresets.Load(name).Description))];

    /// <summary>The figures of a device by its name, with changes.</summary>
    public static SimulatorSpec Spec(string device, IReadOnlyList<string> set)
    {
        string name = device[Prefix.Length..];
        bool isFile = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        if (isFile ? !File.Exists(name) : !SimulatorPresets.Names.Contains(name))
        {
            throw new DeviceException(isFile
                ? $"device '{device}': there is no file '{name}'"
                : $"there is no simulated device '{device}'; presets: "
                    + string.Join(", ", SimulatorPresets.Names.Select(known => Prefix + known)));
        }

        return SpecOverrides.Apply(isFile ? SimulatorSpecJson.ReadFile(name) : SimulatorPresets.Load(name), set);
    }

    public static IDevice Open(string device, SimulationSettings settings)
    {
        SimulatorSpec spec = Spec(device, settings.Set);
        FaultSettings faults = FaultSettings.Parse(settings.Faults);
        return SimulatedDevice.Open(new SimulatedDeviceOptions
        {
            Name = device,
            Spec = spec,
            Values = settings.TimingOnly ? null : HostDevice.Open(new HostDeviceOptions()),
            KernelTimesDirectory = KernelTimesDirectory,
            Faults = faults.Faults,
            Seed = faults.Seed,
        });
    }

    /// <summary>A device that simulates time only, with figures at hand and kernel times shared.</summary>
    /// <param name="device">Name as on the command line.</param>
    /// <param name="spec">Its figures, changes made.</param>
    /// <param name="times">Kernel times; the caller saves them.</param>
    public static SimulatedDevice OpenTimingOnly(string device, SimulatorSpec spec, KernelTimesLibrary times) =>
        SimulatedDevice.Open(new SimulatedDeviceOptions { Name = device, Spec = spec }, times);
}
