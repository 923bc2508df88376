using FlashMem.Backends.ILGPU.Device;

namespace FlashMem.Cli.Devices;

/// <summary>ILGPU's devices as the tool opens and lists them.</summary>
internal static class IlgpuDevices
{
    /// <summary>One entry for each kind of accelerator.</summary>
    public static IReadOnlyList<DeviceEntry> Entries { get; } =
        [Entry(IlgpuDeviceKind.Cuda), Entry(IlgpuDeviceKind.OpenCl), Entry(IlgpuDeviceKind.Cpu)];

    private static DeviceEntry Entry(IlgpuDeviceKind kind) => new()
    {
        Name = IlgpuDeviceInfo.NameOf(kind),
        IsIndexed = kind != IlgpuDeviceKind.Cpu,
        Probe = () => Probe(kind),
        Open = index => Open(kind, index),
    };

    private static IReadOnlyList<DeviceProbe> Probe(IlgpuDeviceKind kind)
    {
        IlgpuListing listing = IlgpuPlatforms.List(kind);
        return listing.Absence is { } absence
            ? [new DeviceProbe(IlgpuDeviceInfo.NameOf(kind), false, absence)]
            : [.. listing.Devices.Select(device => new DeviceProbe(device.CommandLineName, true, device.Description))];
    }

    private static IlgpuDevice Open(IlgpuDeviceKind kind, int index) => IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = kind, Index = index });
}
