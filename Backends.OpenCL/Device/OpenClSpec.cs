using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.OpenCL.Device;

/// <summary>
/// Planning figures of a device until `flashmem profile` measures them: measured ones where this project has measured that device, else
/// estimates from what the driver reports.
/// </summary>
internal static class OpenClSpec
{
    private const string Table = "measured on one by this project, see docs/benchmarks.md";

    public static DeviceSpec Create(OpenClDeviceInfo device, string name, bool zeroCopy) =>
        device.Name.Contains("H200", StringComparison.Ordinal) ? H200(name)
        : device.Kind == OpenClDeviceKind.Cpu ? Processor(device, name, zeroCopy)
        : Unknown(device, name);

    private static DeviceSpec H200(string name) => new()
    {
        Name = name,
        StorageBandwidth = Estimate(5e9, "B/s", "page cache or a fast solid-state disk by direct reads of 1 MiB"),
        StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of a solid-state disk"),
        TransferBandwidth = new Figure(55.2e9, "B/s", FigureKind.Measured, $"pinned memory to image, 128 MiB; {Table}"),
        MemoryBandwidth = new Figure(4.8e12, "B/s", FigureKind.Datasheet, "NVIDIA H200: 141 GB of HBM3e at 4.8 TB/s"),
        ComputeRate = new Figure(67e12, "FLOP/s", FigureKind.Datasheet, "NVIDIA H200 SXM: 67 TFLOPS of FP32"),
        LaunchLatency = new Figure(5.7e-6, "s", FigureKind.Measured, $"launch of an empty kernel; {Table}"),
        ZeroCopy = false,
    };

    private static DeviceSpec Processor(OpenClDeviceInfo device, string name, bool zeroCopy)
    {
        double clock = Math.Max(device.ClockMegahertz, 1000) * 1e6;
        return new DeviceSpec
        {
            Name = name,
            StorageBandwidth = Estimate(1e9, "B/s", "a solid-state disk or virtual disk by direct reads of 1 MiB"),
            StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of a solid-state disk"),
            TransferBandwidth = zeroCopy
                ? Estimate(1e10, "B/s", "memory bandwidth; a zero-copy device moves nothing")
                : Estimate(4.6e9, "B/s", "mapped memory to image, 128 MiB, with PoCL 3.1 on two processors"),
            MemoryBandwidth = Estimate(1e10, "B/s", "two DDR4 or DDR5 channels under load"),
            ComputeRate = Estimate(
                device.ComputeUnits * clock * 8 * 2 * 0.4,
                "FLOP/s",
                $"{device.ComputeUnits} compute units x {clock / 1e9:0.##} GHz x 8 floats x 2 operations x 0.4 of peak"),
            LaunchLatency = Estimate(4.2e-5, "s", "launch and finish of an empty kernel with PoCL 3.1 on two processors"),
            ZeroCopy = zeroCopy,
        };
    }

    private static DeviceSpec Unknown(OpenClDeviceInfo device, string name)
    {
        double clock = Math.Max(device.ClockMegahertz, 500) * 1e6;
        return new DeviceSpec
        {
            Name = name,
            StorageBandwidth = Estimate(1e9, "B/s", "flash storage by direct reads of 1 MiB"),
            StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of flash storage"),
            TransferBandwidth = Estimate(1e10, "B/s", "PCI Express 3.0 x16, or a copy within shared memory"),
            MemoryBandwidth = Estimate(device.UnifiedMemory ? 3e10 : 3e11, "B/s", "the usual memory of such a device"),
            ComputeRate = Estimate(
                device.ComputeUnits * clock * 128 * 2 * 0.5,
                "FLOP/s",
                $"{device.ComputeUnits} compute units x {clock / 1e9:0.##} GHz x 128 lanes x 2 operations x 0.5 of peak"),
            LaunchLatency = Estimate(1e-5, "s", "a launch by a GPU driver"),
            ZeroCopy = false,
        };
    }

    private static Figure Estimate(double value, string unit, string source) => new(value, unit, FigureKind.Estimate, source);
}
