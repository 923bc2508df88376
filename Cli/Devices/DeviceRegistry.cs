using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;

namespace FlashMem.Cli.Devices;

/// <summary>The devices of this build by name: the one place that names concrete backends.</summary>
internal static class DeviceRegistry
{
    private static readonly DeviceEntry Host = new()
    {
        Name = "host",
        Probe = () => [new DeviceProbe("host", true, HostDeviceInfo.Describe())],
        Open = _ => HostDevice.Open(new HostDeviceOptions()),
    };

    private static readonly DeviceEntry OpenCl = new()
    {
        Name = OpenClDevices.Name,
        IsIndexed = true,
        Probe = OpenClDevices.Probe,
        Open = OpenClDevices.Open,
        OpenAsGpu = OpenClDevices.OpenAsGpu,
    };

    /// <summary>Every kind of real device, present or not, in listing order.</summary>
    public static IReadOnlyList<DeviceEntry> Entries { get; } = [Host, OpenCl, .. IlgpuDevices.Entries];

    /// <summary>Every device by name, present or not, the simulated ones last.</summary>
    public static IReadOnlyList<DeviceProbe> Probe() => [.. Entries.SelectMany(entry => entry.Probe()), .. SimulatedDevices.Probe()];

    /// <summary>Opens a device by its command-line name; <c>auto</c> takes a real GPU if there is one, else the host.</summary>
    /// <param name="name">The name.</param>
    /// <param name="simulation">For simulated devices; null for the default.</param>
    /// <param name="asGpu">As if it were a GPU with memory of its own, for drivers that run on this machine's processors.</param>
    /// <exception cref="DeviceException">There is no such device, or it failed.</exception>
    /// <exception cref="UsageException">The device cannot be opened as a GPU: it is one, or has no such form.</exception>
    public static IDevice Open(string name, SimulationSettings? simulation = null, bool asGpu = false)
    {
        if (SimulatedDevices.IsNamed(name))
        {
            return !asGpu
                ? SimulatedDevices.Open(name, simulation ?? SimulationSettings.Default)
                : throw new UsageException($"--as-gpu is for OpenCL drivers that run on this machine's processors; device '{name}' is none");
        }

        (DeviceEntry entry, int index) = Find(name);
        return !asGpu ? entry.Open(index)
            : entry.OpenAsGpu is { } open ? open(index)
            : throw new UsageException(
                $"--as-gpu is for OpenCL drivers that run on this machine's processors; device '{entry.Name}' is none");
    }

    private static (DeviceEntry Entry, int Index) Find(string name)
    {
        if (name == "auto")
        {
            return OpenClDevices.FirstGpu() is { } gpu ? (OpenCl, gpu) : (Host, 0);
        }

        foreach (DeviceEntry entry in Entries)
        {
            if (IndexIn(name, entry) is { } index)
            {
                return (entry, index);
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
