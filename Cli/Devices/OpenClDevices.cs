using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Packing;

namespace FlashMem.Cli.Devices;

/// <summary>The OpenCL devices as the tool opens them: all drivers' devices under one index, compiled programs beside the weight files.</summary>
internal static class OpenClDevices
{
    /// <summary>
    /// Bytes of one image of a driver opened as a GPU. Small, so that even a small model's weights lie in several and products, which
    /// cannot write the image they read, find chunks to carry.
    /// </summary>
    private const long AsGpuTextureBlockBytes = 4L << 20;

    public static IReadOnlyList<DeviceProbe> Probe()
    {
        OpenClListing listing = OpenClPlatforms.List();
        return listing.Absence is { } absence
            ? [new DeviceProbe("opencl", false, absence)]
            : [.. listing.Devices.Select(device => new DeviceProbe(device.CommandLineName, true, device.Describe()))];
    }

    public static IDevice Open(int index) => OpenClDevice.Open(Options(index));

    /// <summary>
    /// A driver for this machine's processors as if it were a GPU with memory of its own: staging, weights in images, moves, and kernels
    /// shaped for GPUs. What a phone's GPU would do, slowly.
    /// </summary>
    /// <exception cref="UsageException">The driver does not run on this machine's processors.</exception>
    public static IDevice OpenAsGpu(int index)
    {
        OpenClDeviceInfo device = OpenClPlatforms.Get(index);
        return device.Kind == OpenClDeviceKind.Cpu
            ? OpenClDevice.Open(Options(index) with
            {
                ZeroCopy = false, CpuKernels = false, WeightImages = true, TextureBlockBytes = AsGpuTextureBlockBytes,
            })
            : throw new UsageException("--as-gpu is for OpenCL drivers that run on this machine's processors; "
                + $"device '{device.CommandLineName}' ({device.Name}) is none");
    }

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

    private static OpenClDeviceOptions Options(int index) => new()
    {
        Index = index,
        ProgramCacheDirectory = Path.Combine(CacheDirectory.Default, "programs"),
    };
}
