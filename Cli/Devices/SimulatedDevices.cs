using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Profiling;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;
using FlashMem.Simulator.Twin;

namespace FlashMem.Cli.Devices;

/// <summary>
/// Simulated devices as the tool opens them: <c>sim:PRESET</c> or <c>sim:FILE.json</c> with values by the host, or the twin of a real device
/// where the file is its profile.
/// </summary>
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

    /// <summary>The profile that a device's name names; null for all other devices.</summary>
    public static DeviceProfile? Profile(string device)
    {
        if (!IsNamed(device))
        {
            return null;
        }

        string file = device[Prefix.Length..];
        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(file)
            && FileSchema.Of(file) == DeviceProfile.Schema
            ? DeviceProfileJson.ReadFile(file)
            : null;
    }

    public static IDevice Open(string device, SimulationSettings settings)
    {
        if (Profile(device) is { } profile)
        {
            return OpenTwin(device, profile, settings);
        }

        SimulatorSpec spec = Spec(device, settings.Set);
        FaultSettings faults = FaultSettings.Parse(settings.Faults);
        return SimulatedDevice.Open(new SimulatedDeviceOptions
        {
            Name = device,
            Spec = spec,
            Values = settings.TimingOnly ? null : HostDevice.Open(new HostDeviceOptions { HalfActivations = true }),
            KernelTimesDirectory = KernelTimesDirectory,
            Faults = faults.Faults,
            Seed = faults.Seed,
        });
    }

    /// <summary>How a twin's kernels were timed so far; null for other devices.</summary>
    public static string? TimeSources(IDevice device) => (device as SimulatedDevice)?.TimeSources?.Describe();

    /// <summary>A device that simulates time only, with figures at hand and kernel times shared.</summary>
    /// <param name="device">Name as on the command line.</param>
    /// <param name="spec">Its figures, changes made.</param>
    /// <param name="times">Kernel times; the caller saves them.</param>
    public static SimulatedDevice OpenTimingOnly(string device, SimulatorSpec spec, KernelTimesLibrary times) =>
        SimulatedDevice.Open(new SimulatedDeviceOptions { Name = device, Spec = spec }, times);

    private static SimulatedDevice OpenTwin(string device, DeviceProfile profile, SimulationSettings settings)
    {
        if (settings.Set.Count > 0)
        {
            throw new UsageException($"--set changes figures of modelled devices; '{device}' is as it was measured");
        }

        return profile.Twin is { } figures
            ? SimulatedDevice.OpenTwin(new TwinOptions
            {
                Name = device,
                Spec = profile.SpecFor(settings.PageCache),
                Figures = figures,
                PageCache = settings.PageCache,
            })
            : throw new UsageException($"'{device}': the profile is of an earlier version and has nothing to simulate with; measure again");
    }
}
