using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;

namespace FlashMem.Cli.Devices;

/// <summary>The devices of this build by name: the one place that names concrete backends.</summary>
internal static class DeviceRegistry
{
    private static readonly DeviceEntry Host = new(
        "host",
        false,
        () => [new DeviceProbe("host", true, HostDeviceInfo.Describe())],
        _ => HostDevice.Open(new HostDeviceOptions()));

    private static readonly DeviceEntry OpenCl = new("opencl", true, OpenClDevices.Probe, OpenClDevices.Open);

    /// <summary>Every kind of real device, present or not, in listing order.</summary>
    public static IReadOnlyList<DeviceEntry> Entries { get; } = [Host, OpenCl];

    /// <summary>Every device by name, present or not, the simulated ones last.</summary>
    public static IReadOnlyList<DeviceProbe> Probe() => [.. Entries.SelectMany(entry => entry.Probe()), .. SimulatedDevices.Probe()];

    /// <summary>Opens a device by its command-line name; <c>auto</c> takes a real GPU if there is one, else the host.</summary>
    /// <param name="name">As on the command line.</param>
    /// <param name="simulation">For simulated devices; null for the default.</param>
    /// <exception cref="DeviceException">There is no such device, or it failed.</exception>
    public static IDevice Open(string name, SimulationSettings? simulation = null)
    {
        if (SimulatedDevices.IsNamed(name))
        {
            return SimulatedDevices.Open(name, simulation ?? SimulationSettings.Default);
        }

        if (name == "auto")
        {
            return OpenClDevices.FirstGpu() is { } gpu ? OpenCl.Open(gpu) : Host.Open(0);
        }

        foreach (DeviceEntry entry in Entries)
        {
            if (IndexIn(name, entry) is { } index)
            {
                return entry.Open(index);
            }
        }

        throw new DeviceException($"device '{name}' is not in this build; known devices: "
            + string.Join(", ", (string[])
                [.. Entries.Select(entry => entry.IsIndexed ? $"{entry.Name}[:N]" : entry.Name), SimulatedDevices.Pattern, "auto"]));
    }

    // Which device of the kind the name means; null when it means none.
    private static int? IndexIn(string name, DeviceEntry entry)
    {
        if (name == entry.Name)
        {
            return 0;
        }

        string prefix = $"{entry.Name}:";
        return entry.IsIndexed
            && name.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                ? index
                : null;
    }
}
