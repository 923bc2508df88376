using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Measures a device through its contract alone, so that every backend is measured alike.</summary>
public static class DeviceProfiler
{
    private const int Launches = 200;

    // Kernels in a row whose mean counts, so that the launch of the first does not.
    private const int Batch = 8;

    /// <param name="device">An idle device; it is used alone meanwhile.</param>
    /// <param name="directory">Folder on the disk that will hold the weights; a file is made there and deleted.</param>
    /// <param name="options">Sizes and repetitions.</param>
    /// <param name="progress">Told what is measured.</param>
    /// <param name="cancellationToken">Looked at between measurements.</param>
    public static DeviceProfile Measure(
        IDevice device,
        string directory,
        ProfileOptions options,
        IProgress<string>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        void Stage(string what)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(what);
        }

        Stage("storage");
        using var storage = new StorageProbe(directory, device, options);
        double disk = storage.DiskBytesPerSecond();
        double smallRead = storage.SmallReadMs();
        double cached = storage.CachedBytesPerSecond();

        Stage("kernels");
        var queue = new ProbeQueue(device, options.Repetitions);
        using var kernels = new ProbeKernels(device, options);
        double launchMs = queue.MedianMs(() => Repeat(Launches, () => queue.Dispatch(kernels.Nothing))) / Launches;
        double copyMs = queue.MedianMs(() => Repeat(Batch, () => queue.Dispatch(kernels.Copy))) / Batch;
        double memory = kernels.CopiedBytes / (copyMs / 1e3);
        double productMs = queue.MedianMs(() => Repeat(Batch, () => queue.Dispatch(kernels.LargeProduct))) / Batch;
        double flops = kernels.ProductFlops / (productMs / 1e3);

        double transfer = memory;
        ImmutableArray<LoadCapacityCurve> curves = [];
        MoveModeChoice? choice = null;
        using LoadProbe? loads = device.Capabilities.ZeroCopy ? null : new LoadProbe(device, queue, options);
        if (loads is not null)
        {
            Stage("transfers");
            transfer = loads.BytesPerSecond();
            var measured = ImmutableArray.CreateBuilder<LoadCapacityCurve>();
            foreach (MoveMode candidate in (MoveMode[])[MoveMode.CopyQueue, MoveMode.InKernel])
            {
                foreach (DispatchCommand command in (DispatchCommand[])[kernels.Elemental, kernels.Reusable, kernels.Hierarchical])
                {
                    if (candidate == MoveMode.InKernel && !kernels.Carries(command))
                    {
                        continue;
                    }

                    Stage($"load capacity of {command.Kernel.Desc.Name}, {candidate}");
                    measured.Add(loads.Curve(command, candidate));
                }
            }

            curves = measured.DrainToImmutable();
            choice = MoveModeChoice.Of(curves, device.Capabilities.CarriedMovesFinding.Value.Refusal);
        }

        TwinFigures twin = new TwinProbe(device, queue, kernels, storage, options).Measure(loads, curves, Stage);
        return new DeviceProfile
        {
            Device = device.Name,
            Spec = new DeviceSpec
            {
                Name = device.Spec.Name,
                StorageBandwidth = Measured(disk, "B/s", $"direct reads of {options.ChunkBytes} bytes from a file of {options.FileBytes}"),
                StorageLatency = Measured(smallRead / 1e3, "s", "one direct read of 4096 bytes at a time"),
                TransferBandwidth = Measured(
                    transfer, "B/s", device.Capabilities.ZeroCopy ? "memory bandwidth; nothing moves" : $"unified to texture memory, {options.TransferBytes} bytes at once"),
                MemoryBandwidth = Measured(memory, "B/s", $"{kernels.Copy.Kernel.Desc.Name}, bytes read and written"),
                ComputeRate = Measured(flops, "FLOP/s", kernels.LargeProduct.Kernel.Desc.Name + " with fp16 weights"),
                LaunchLatency = Measured(launchMs / 1e3, "s", $"{Launches} kernels of one element in a row"),
                ZeroCopy = device.Capabilities.ZeroCopy,
            },
            CachedStorageBandwidth = Measured(cached, "B/s", "the same reads with the file in the page cache"),
            LoadCapacities = curves,
            MoveMode = choice?.Mode,
            MoveModeReason = choice?.Reason,
            Twin = twin,
        };
    }

    private static void Repeat(int count, Action action)
    {
        for (int i = 0; i < count; i++)
        {
            action();
        }
    }

    private static Figure Measured(double value, string unit, string source) => new(value, unit, FigureKind.Measured, source);
}
