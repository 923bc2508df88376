using System.Collections.Concurrent;
using System.Diagnostics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host;

/// <summary>
/// The CPU as a device: managed SIMD kernels on all cores, and weights read where storage put them (zero copy). The embedded default,
/// and the skeleton to copy for a new backend.
/// </summary>
public sealed class HostDevice : IDevice
{
    private readonly Stopwatch stopwatch = Stopwatch.StartNew();
    private readonly ConcurrentDictionary<HostMemory, byte> allocations = new();
    private readonly WorkerPool workers;
    private readonly HostQueue computeQueue;
    private readonly HostQueue transferQueue;
    private ITraceSink? trace;

    private HostDevice(HostDeviceOptions options)
    {
        workers = new WorkerPool(options.Threads);
        Spec = HostSpec.Create(options.Threads);
        Capabilities = new DeviceCapabilities
        {
            ZeroCopy = true,
            HalfActivations = options.HalfActivations,
            AsyncTransfer = true,
            PanelWidth = 32,
            WorkspaceBytes = (long)workers.Count * WorkerPool.ScratchBytes,
        };
        computeQueue = new HostQueue(TraceLane.Compute, Run, () => Now);
        transferQueue = new HostQueue(TraceLane.Transfer, Run, () => Now);
    }

    public string Name => "host";

    public DeviceSpec Spec { get; }

    public DeviceCapabilities Capabilities { get; }

    public IDeviceQueue ComputeQueue => computeQueue;

    public IDeviceQueue TransferQueue => transferQueue;

    public ITraceSink? Trace
    {
        get => trace;
        set => trace = computeQueue.Trace = transferQueue.Trace = value;
    }

    public DeviceTime Now => DeviceTime.FromTimeSpan(stopwatch.Elapsed);

    /// <summary>Bytes allocated and not yet freed; 0 after a clean shutdown.</summary>
    internal long AllocatedBytes => allocations.Keys.Sum(memory => memory.Bytes);

    public static HostDevice Open(HostDeviceOptions options)
    {
        if (options.Threads is < 1 or > 1024)
        {
            throw new UsageException($"the host device cannot run on {options.Threads} threads; give 1 to 1024");
        }

        HostWarmUp.Start();
        return new HostDevice(options);
    }

    public IDeviceMemory Allocate(MemoryTier tier, long bytes)
    {
        var memory = new HostMemory(tier, bytes, freed => allocations.TryRemove(freed, out _));
        allocations[memory] = 0;
        return memory;
    }

    public ICompiledKernel Prepare(KernelDesc kernel) =>
        Capabilities.HalfActivations ? WidenedKernel.Compile(kernel) : HostKernels.Compile(kernel);

    public ValueTask DisposeAsync()
    {
        computeQueue.Dispose();
        transferQueue.Dispose();
        workers.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Run(DispatchCommand command) => ((IHostKernel)command.Kernel).Run(command, workers);
}
