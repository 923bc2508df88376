using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host;

namespace FlashMem.Tests.Support;

/// <summary>
/// The host device, watched: tells of every kernel before it is enqueued, and may copy from other watched devices. Does not own the host
/// device.
/// </summary>
/// <param name="host">What does the work.</param>
/// <param name="copiesFromOthers">It can copy from other watched devices.</param>
internal sealed class WatchedDevice(HostDevice host, bool copiesFromOthers = false) : IDevice
{
    private readonly Queue compute = new(host.ComputeQueue);
    private readonly Queue transfer = new(host.TransferQueue);

    public string Name => "watched";

    public DeviceSpec Spec { get; } = host.Spec with { Name = "watched" };

    public DeviceCapabilities Capabilities => host.Capabilities;

    public IDeviceQueue ComputeQueue => compute;

    public IDeviceQueue TransferQueue => transfer;

    public ITraceSink? Trace
    {
        get => host.Trace;
        set => host.Trace = value;
    }

    public DeviceTime Now => host.Now + Ahead;

    /// <summary>By which its clock is ahead of the host's: time that passes without anyone sleeping.</summary>
    public DeviceTime Ahead { get; set; }

    /// <summary>Called with the number of kernels enqueued before; may block the run that enqueues.</summary>
    public Action<int>? Dispatching
    {
        set => compute.Dispatching = value;
    }

    /// <summary>Copies of a byte or more on the transfer queue.</summary>
    public int Copies => transfer.Copies;

    public bool CanCopyFrom(IDevice other) => copiesFromOthers && other is WatchedDevice;

    public IDeviceMemory Allocate(MemoryTier tier, long bytes) => host.Allocate(tier, bytes);

    public ICompiledKernel Prepare(KernelDesc kernel) => host.Prepare(kernel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Queue(IDeviceQueue inner) : IDeviceQueue
    {
        private int dispatched;

        public Action<int>? Dispatching { get; set; }

        public int Copies { get; private set; }

        public void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
        {
            int before = dispatched++;
            Dispatching?.Invoke(before);
            inner.Dispatch(command, waits, signal);
        }

        public void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal)
        {
            Copies += command.Source.Bytes > 0 ? 1 : 0;
            inner.Copy(command, waits, signal);
        }
    }
}
