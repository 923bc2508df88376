using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Abstractions.Devices;

/// <summary>
/// An opened device, real or simulated. Commands go to its two queues with waits and signals on timelines and return at once; nothing
/// above a device reads a clock or starts a thread for it. Disposing waits for the queues to drain.
/// </summary>
public interface IDevice : IAsyncDisposable
{
    /// <summary>Name as on the command line, for example <c>host</c>.</summary>
    string Name { get; }

    DeviceSpec Spec { get; }

    DeviceCapabilities Capabilities { get; }

    IDeviceQueue ComputeQueue { get; }

    /// <summary>Moves between tiers; on a zero-copy device it has nothing to do.</summary>
    IDeviceQueue TransferQueue { get; }

    /// <summary>
    /// Whether <see cref="TransferQueue"/> takes a <see cref="CopyCommand"/> whose source is an allocation of another device, so that bytes
    /// go from device to device. Whoever wrote them must be complete before the command is enqueued, and the other device must leave them
    /// alone until it is. False by default.
    /// </summary>
    bool CanCopyFrom(IDevice other) => false;

    /// <summary>Kernel times that the device knows better than its figures tell; null leaves planning to the roofline.</summary>
    IKernelEstimates? Estimates => null;

    /// <summary>Storage that the device models itself; null lets the runtime read real files.</summary>
    IWeightStorage? Storage => null;

    /// <summary>Receives what happened on the queues; null records nothing. Set while the queues are idle.</summary>
    ITraceSink? Trace { get; set; }

    /// <summary>Tells <see cref="Trace"/> what it has not been told yet of commands that are complete: a device may tell late.</summary>
    void FlushTrace()
    {
    }

    /// <summary>The device's clock.</summary>
    DeviceTime Now { get; }

    /// <summary>Allocates memory of a tier, or throws <see cref="Errors.DeviceException"/> with the size and the driver's words.</summary>
    IDeviceMemory Allocate(MemoryTier tier, long bytes);

    /// <summary>
    /// Allocates texture memory for weights of a type, Float16 or Float32: where textures are images, a texel is four elements of it.
    /// </summary>
    IDeviceMemory AllocateTexture(long bytes, ElementType element) => Allocate(MemoryTier.Texture, bytes);

    /// <summary>
    /// Page-locks memory of the host's that holds weights, so that <see cref="TransferQueue"/> copies straight from it; for devices that
    /// <see cref="DeviceCapabilities.LocksHostMemory"/>. The memory must stay as it is until the result is disposed, which leaves it to its owner.
    /// Throws <see cref="Errors.DeviceException"/> with the size and the driver's words.
    /// </summary>
    /// <param name="address">On a page boundary.</param>
    /// <param name="bytes">Whole pages.</param>
    IDeviceMemory LockHostMemory(nint address, long bytes) =>
        throw new NotSupportedException($"{Name} copies from memory of its own only");

    /// <summary>Compiles a kernel; equal descriptions may share one result. Owned by the device.</summary>
    ICompiledKernel Prepare(KernelDesc kernel);

    /// <summary>The same for a kernel whose dispatches may carry moves, see <see cref="DispatchCommand.Moves"/>.</summary>
    /// <param name="kernel">One that <see cref="KernelDesc.CarriesMoves"/>.</param>
    /// <param name="carried">Element type of the weights whose chunks it moves; null when its dispatches carry nothing.</param>
    ICompiledKernel Prepare(KernelDesc kernel, ElementType? carried) => Prepare(kernel);

    /// <summary>A timeline that this device can wait on and signal.</summary>
    Timeline CreateTimeline(string name) => new(name);
}
