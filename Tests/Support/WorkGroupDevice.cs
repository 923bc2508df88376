using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Tests.Support;

/// <summary>
/// An OpenCL device whose kernels are compiled in the form for GPUs, with work-groups and local memory, whatever it is: so that a CPU
/// driver judges both forms.
/// </summary>
internal sealed class WorkGroupDevice(OpenClDevice device) : IDevice
{
    public string Name => device.Name;

    public DeviceSpec Spec => device.Spec;

    public DeviceCapabilities Capabilities => device.Capabilities;

    public IDeviceQueue ComputeQueue => device.ComputeQueue;

    public IDeviceQueue TransferQueue => device.TransferQueue;

    public ITraceSink? Trace
    {
        get => device.Trace;
        set => device.Trace = value;
    }

    public DeviceTime Now => device.Now;

    public IDeviceMemory Allocate(MemoryTier tier, long bytes) => device.Allocate(tier, bytes);

    public ICompiledKernel Prepare(KernelDesc kernel) => device.Prepare(ClKernels.Compile(kernel, device.Traits with { Cpu = false }));

    public Timeline CreateTimeline(string name) => device.CreateTimeline(name);

    public ValueTask DisposeAsync() => device.DisposeAsync();
}
