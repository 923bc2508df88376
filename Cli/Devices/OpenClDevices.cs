using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Packing;

namespace FlashMem.Cli.Devices;

/// <summary>The OpenCL devices as the tool opens them: all drivers' devices under one index, compiled programs beside the weight files.</summary>
internal static class OpenClDevices
{
    public static IReadOnlyList<DeviceProbe> Probe()
    {
        OpenClListing listing = OpenClPlatforms.List();
        return listing.Absence is { } absence
            ? [new DeviceProbe("opencl", false, absence)]
            : [.. listing.Devices.Select(device => new DeviceProbe(device.CommandLineName, true, device.Describe()))];
    }

    public static IDevice Open(int index) => OpenClDevice.Open(new OpenClDeviceOptions
    {
        Index = index,
        ProgramCacheDirectory = Path.Combine(CacheDirectory.Default, "programs"),
    });

    /// <summary>Index of the first real GPU; null when there is none.</summary>
    public static int? FirstGpu() =>
        OpenClPlatforms.List().Devices.FirstOrDefault(device => device.Kind == OpenClDeviceKind.Gpu)?.Index;

    /// <summary>Where a device's compiled programs came from; null for devices of other kinds.</summary>
    public static string? Programs(IDevice device)
    {
        if (device is not OpenClDevice { ProgramStatistics: { } statistics })
        {
            return null;
        }

        string text = $"{statistics.Compiled} compiled, {statistics.Hits} taken from the cache";
        text += statistics.Discarded > 0 ? $", {statistics.Discarded} cache entries discarded" : "";
        return text + (statistics.Problem is { } problem ? $" ({problem})" : "");
    }
}
