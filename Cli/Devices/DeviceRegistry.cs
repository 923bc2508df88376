using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;

namespace FlashMem.Cli.Devices;

/// <summary>The devices of this build by name: the one place that names concrete backends.</summary>
internal static class DeviceRegistry
{
    /// <summary>Every kind of device, present or not, in listing order.</summary>
    public static IReadOnlyList<DeviceEntry> Entries { get; } =
    [
        new("host", () => new DeviceProbe(true, HostDeviceInfo.Describe()), () => HostDevice.Open(new HostDeviceOptions())),
    ];

    /// <summary>Opens a device by its command-line name; <c>auto</c> takes a real GPU if there is one, else the host.</summary>
    public static IDevice Open(string name)
    {
        string kind = name == "auto" ? "host" : name;
        return Entries.FirstOrDefault(entry => entry.Name == kind)?.Open()
            ?? throw new DeviceException($"device '{name}' is not in this build; known devices: "
                + string.Join(", ", Entries.Select(entry => entry.Name).Append("auto")));
    }
}
