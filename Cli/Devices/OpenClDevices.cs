using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Tuning;
using FlashMem.Runtime.Packing;

namespace FlashMem.Cli.Devices;

/// <summary>
/// The OpenCL devices as the tool opens them: all drivers' devices under one index, compiled programs and tuned tiles beside the weight files.
/// </summary>
internal static class OpenClDevices
{
    /// <summary>
    /// Bytes of one image of a driver opened as a GPU. Small, so that even a small model's weights lie in several and products, which
    /// cannot write the image they read, find chunks to carry.
    /// </summary>
    private const long AsGpuTextureBlockBytes = 4L << 20;

    /// <summary>Of the first device on the command line; the others' begin with it.</summary>
    public const string Name = "opencl";

    /// <summary>
    /// Loads the drivers in the background where a command line names one of their devices; to be joined before the process ends.
    /// </summary>
    public static Thread? BeginLoading(string[] arguments) =>
        arguments.Any(argument => argument.Contains(Name, StringComparison.Ordinal)) ? OpenClPlatforms.BeginLoading() : null;

    public static IReadOnlyList<DeviceProbe> Probe()
    {
        OpenClListing listing = OpenClPlatforms.List();
        return listing.Absence is { } absence
            ? [new DeviceProbe(Name, false, absence)]
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

    /// <summary>Tunes models' kernels on a device and keeps the winners for later runs.</summary>
    /// <param name="device">Opened here.</param>
    /// <param name="kernels">Of all the models.</param>
    /// <param name="seconds">See <see cref="TuningOptions.Seconds"/>; null for its default.</param>
    /// <param name="progress">Told of every kernel that is done.</param>
    /// <param name="cancellationToken">Stops before the next kernel.</param>
    /// <exception cref="UsageException">A device of another kind: it has nothing to tune.</exception>
    public static TuningReport Tune(
        IDevice device,
        IReadOnlyCollection<KernelDesc> kernels,
        double? seconds,
        IProgress<KernelTuning>? progress,
        CancellationToken cancellationToken)
    {
        OpenClDevice opened = device as OpenClDevice
            ?? throw new UsageException($"--tune is for OpenCL devices; device '{device.Name}' has nothing to tune");
        var options = new TuningOptions();
        options = options with { Seconds = seconds ?? options.Seconds };
        return new OpenClTuner(opened, options, TimeProvider.System).Tune(kernels, progress, cancellationToken);
    }

    /// <summary>Index of the first real GPU; null when there is none.</summary>
    public static int? FirstGpu() =>
        OpenClPlatforms.List().Devices.FirstOrDefault(device => device.Kind == OpenClDeviceKind.Gpu)?.Index;

    /// <summary>Where a device's compiled programs came from; null for devices of other kinds.</summary>
    public static string? Programs(IDevice device)
    {
        if (device is not OpenClDevice { ProgramStatistics: { } statistics, TuningStatistics: { } tuning })
        {
            return null;
        }

        string text = $"{statistics.Compiled} compiled, {statistics.Hits} taken from the cache";
        text += statistics.Discarded > 0 ? $", {statistics.Discarded} cache entries discarded" : "";
        text += statistics.Problem is { } problem ? $" ({problem})" : "";
        text += tuning.Kernels > 0 ? $"; {tuning.Kernels} kernels with tuned tiles" : "";
        return text + (tuning.Discarded > 0 ? $"; {tuning.Discarded} tuned entries discarded ({tuning.Problem})" : "");
    }

    private static OpenClDeviceOptions Options(int index) => new()
    {
        Index = index,
        ProgramCacheDirectory = Path.Combine(CacheDirectory.Default, "programs"),
        TuningDirectory = Path.Combine(CacheDirectory.Default, "tiles"),
    };
}
