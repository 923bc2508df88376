using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host;

namespace FlashMem.Tests.Support;

/// <summary>
/// The host device in the shape of one with a texture tier: real kernels, real threads and real files, and every weight takes the way
/// through staging and a copy. Does not own the host device.
/// </summary>
internal sealed class TieredHostDevice(HostDevice host) : IDevice
{
    public string Name => "tiered";

    public DeviceSpec Spec { get; } = host.Spec with { Name = "tiered", ZeroCopy = false };

    public DeviceCapabilities Capabilities { get; } = host.Capabilities with
    {
        ZeroCopy = false, TextureBlockBytes = 256 * 1024, CarriedMoves = CarriedMoves.Anywhere,
    };

    public IDeviceQueue ComputeQueue => host.ComputeQueue;

    public IDeviceQueue TransferQueue => host.TransferQueue;

    public ITraceSink? Trace
    {
        get => host.Trace;
        set => host.Trace = value;
    }

    public DeviceTime Now => host.Now;

    public IDeviceMemory Allocate(MemoryTier tier, long bytes) => host.Allocate(tier, bytes);

    public ICompiledKernel Prepare(KernelDesc kernel) => host.Prepare(kernel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
