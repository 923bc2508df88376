using FlashMem.Abstractions.Devices;

namespace FlashMem.Backends.ILGPU.Device;

/// <summary>Planning figures of a device until `flashmem profile` measures them.</summary>
internal static class IlgpuSpec
{
    public static DeviceSpec Create(IlgpuDeviceKind kind, string name) => kind switch
    {
        IlgpuDeviceKind.Cpu => new DeviceSpec
        {
            Name = name,
            StorageBandwidth = Estimate(1e9, "B/s", "a solid-state disk or virtual disk by direct reads of 1 MiB"),
            StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of a solid-state disk"),
            TransferBandwidth = Estimate(5e9, "B/s", "a copy within the host's memory"),
            MemoryBandwidth = Estimate(1e8, "B/s", "kernels for debugging, one element at a time"),
            ComputeRate = Estimate(1e8, "FLOP/s", "kernels for debugging, one element at a time"),
            LaunchLatency = Estimate(1e-4, "s", "threads of the system that are woken"),
            ZeroCopy = false,
        },
        _ => new DeviceSpec
        {
            Name = name,
            StorageBandwidth = Estimate(5e9, "B/s", "page cache or a fast solid-state disk by direct reads of 1 MiB"),
            StorageLatency = Estimate(1e-4, "s", "one 4 KiB read of a solid-state disk"),
            TransferBandwidth = Estimate(kind == IlgpuDeviceKind.Cuda ? 5e10 : 1e10, "B/s", "PCI Express 5.0 x16 for CUDA, 3.0 for others"),
            MemoryBandwidth = Estimate(kind == IlgpuDeviceKind.Cuda ? 2e12 : 3e11, "B/s", "high-bandwidth memory for CUDA, GDDR for others"),
            ComputeRate = Estimate(kind == IlgpuDeviceKind.Cuda ? 2e13 : 2e12, "FLOP/s", "a third of a data-centre GPU's FP32 peak"),
            LaunchLatency = Estimate(6e-6, "s", "a launch by a GPU driver"),
            ZeroCopy = false,
        },
    };

    private static Figure Estimate(double value, string unit, string source) => new(value, unit, FigureKind.Estimate, source);
}
