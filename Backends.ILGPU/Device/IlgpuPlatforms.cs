using System.Globalization;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Native;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FlashMem.Backends.ILGPU.Device;

/// <summary>Finds ILGPU's devices.</summary>
public static class IlgpuPlatforms
{
    /// <summary>Lists the devices of a kind. Opens none.</summary>
    public static IlgpuListing List(IlgpuDeviceKind kind)
    {
        if (kind == IlgpuDeviceKind.Cpu)
        {
            return new IlgpuListing([new IlgpuDeviceInfo(kind, 0, "ILGPU's kernels on this machine's processors, for tests; slow")], null);
        }

        if (kind == IlgpuDeviceKind.Cuda && CudaDriver.Absence is { } absence)
        {
            return new IlgpuListing([], absence);
        }

        try
        {
            using Context context = CreateContext(new IlgpuDeviceOptions { Kind = kind });
            IlgpuDeviceInfo[] devices = [.. DevicesOf(context, kind).Select((device, index) => new IlgpuDeviceInfo(kind, index, Describe(device)))];
            return devices.Length > 0 ? new IlgpuListing(devices, null) : new IlgpuListing([], WhyNone(kind));
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            // Drivers fail in their own ways while they are asked; a listing says so and goes on.
            return new IlgpuListing([], $"ILGPU failed to ask the driver: {cause.Message}");
        }
    }

    /// <summary>The device of an index, or <see cref="DeviceException"/> with what is there or why nothing is.</summary>
    public static IlgpuDeviceInfo Get(IlgpuDeviceKind kind, int index)
    {
        IlgpuListing listing = List(kind);
        string name = IlgpuDeviceInfo.NameOf(kind);
        return index < listing.Devices.Count
            ? listing.Devices[index]
            : throw new DeviceException(listing.Absence is { } absence
                ? $"{name}: {absence}"
                : $"{name} has no device {index}; there are {listing.Devices.Count}, counted from 0");
    }

    /// <summary>A context of ILGPU with the devices of one kind.</summary>
    internal static Context CreateContext(IlgpuDeviceOptions options) => Context.Create(builder =>
    {
        builder.Optimize(OptimizationLevel.O2);
        switch (options.Kind)
        {
            case IlgpuDeviceKind.Cuda:
                builder.Cuda();
                break;
            case IlgpuDeviceKind.OpenCl:
                builder.OpenCL();
                break;
            default:
                builder.CPU(new CPUDevice(4, options.CpuThreads / 4, 1));
                break;
        }
    });

    /// <summary>The devices of one kind in ILGPU's order.</summary>
    internal static IReadOnlyList<global::ILGPU.Runtime.Device> DevicesOf(Context context, IlgpuDeviceKind kind) => kind switch
    {
        IlgpuDeviceKind.Cuda => [.. context.GetCudaDevices()],
        IlgpuDeviceKind.OpenCl => [.. context.GetCLDevices()],
        _ => [.. context.GetCPUDevices()],
    };

    private static string Describe(global::ILGPU.Runtime.Device device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}, {device.NumMultiprocessors} multiprocessors, {device.MemorySize / (double)(1 << 30):0.#} GiB");

    private static string WhyNone(IlgpuDeviceKind kind) => kind == IlgpuDeviceKind.Cuda
        ? "the driver lists no GPU that ILGPU 1.5.3 knows"
        : "no OpenCL driver whose compiler ILGPU can use (it needs OpenCL 2.0, or 3.0 with the generic address space)";
}
