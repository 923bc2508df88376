using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.ILGPU.Attention;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Native;
using FlashMem.Backends.ILGPU.Products;
using FlashMem.Backends.ILGPU.Programs;
using FlashMem.Backends.ILGPU.Queues;
using FlashMem.Backends.ILGPU.Rows;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using IDevice = FlashMem.Abstractions.Devices.IDevice;

namespace FlashMem.Backends.ILGPU.Device;

/// <summary>
/// A device driven by ILGPU: kernels in C#, weights in buffers in the panel layout, staging that is page-locked on CUDA, and a stream of its own
/// for copies, ordered with the kernels' stream by the driver's events.
/// </summary>
public sealed class IlgpuDevice : IDevice
{
    private const int GroupsPerMultiprocessor = 16;

    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly DeviceClock clock = new();
    private readonly CudaStreamEvents? events;
    private readonly nint eventStream;
    private readonly Lazy<ReadBounce>? readBounce;
    private readonly KernelBuild build;
    private readonly DeviceMemory tableMemory;
    private readonly DeviceMemory faultMemory;
    private readonly IlgpuQueue computeQueue;
    private readonly IlgpuQueue transferQueue;
    private readonly object gate = new();
    private ITraceSink? trace;
    private int references = 1;
    private bool disposed;

    private IlgpuDevice(IlgpuDeviceInfo info, IlgpuDeviceOptions options)
    {
        Info = info;
        Name = info.CommandLineName;
        Spec = IlgpuSpec.Create(info.Kind, Name);
        context = IlgpuPlatforms.CreateContext(options);
        try
        {
            accelerator = IlgpuPlatforms.DevicesOf(context, info.Kind)[info.Index].CreateAccelerator(context);
            if (info.Kind == IlgpuDeviceKind.Cuda)
            {
                events = new CudaStreamEvents(CudaDriver.Get(), clock);
                readBounce = new Lazy<ReadBounce>(() => new ReadBounce(events.Driver, accelerator));
            }

            tableMemory = NewMemory(MemoryTier.Activation, options.TableBytes);
            faultMemory = NewMemory(MemoryTier.Activation, FaultRecord.Words * sizeof(uint));
            var tables = new TableStore(tableMemory);
            build = new KernelBuild(new ProgramStore(accelerator), tables, ShapeOf(accelerator, info.Kind, options));
            Capabilities = new DeviceCapabilities
            {
                ZeroCopy = false,
                AsyncTransfer = true,
                LocksHostMemory = true,
                PanelWidth = ProductArguments.PanelWidth,
                WorkspaceBytes = tableMemory.Bytes + faultMemory.Bytes,
            };
            ICommandStream compute = NewStream();
            eventStream = (compute as CudaCommandStream)?.Handle ?? 0;
            Func<ICommandStream, ICommandStream> between = options.Streams ?? (stream => stream);
            var launches = new LaunchContext(tables, new FaultRecord(faultMemory));
            computeQueue = new IlgpuQueue(TraceLane.Compute, between(compute), clock, options.SubmitAhead, launches);
            transferQueue = new IlgpuQueue(TraceLane.Transfer, between(NewStream()), clock, options.SubmitAhead, null);
        }
        catch (Exception cause)
        {
            computeQueue?.Dispose();
            tableMemory?.Dispose();
            faultMemory?.Dispose();
            events?.Dispose();
            accelerator?.Dispose();
            context.Dispose();
            throw cause as FlashMemException ?? new DeviceException($"{Name} does not open: {cause.Message}", cause);
        }
    }

    public string Name { get; }

    /// <summary>What was opened.</summary>
    public IlgpuDeviceInfo Info { get; }

    public DeviceSpec Spec { get; }

    public DeviceCapabilities Capabilities { get; }

    public IDeviceQueue ComputeQueue => computeQueue;

    public IDeviceQueue TransferQueue => transferQueue;

    /// <summary>CUDA copies between its contexts, whichever GPUs they are on.</summary>
    public bool CanCopyFrom(IDevice other) => events is not null && other is IlgpuDevice { events: not null };

    public ITraceSink? Trace
    {
        get => trace;
        set
        {
            FlushTrace();
            if (value is not null && events is not null)
            {
                accelerator.Bind();
                events.Restart(eventStream);
            }

            trace = computeQueue.Trace = transferQueue.Trace = value;
        }
    }

    public DeviceTime Now => clock.Now;

    public void FlushTrace()
    {
        computeQueue.FlushTrace();
        transferQueue.FlushTrace();
    }

    /// <summary>The accelerator is there; false once the device is disposed and all its memory freed.</summary>
    internal bool IsOpen
    {
        get
        {
            lock (gate)
            {
                return references > 0;
            }
        }
    }

    /// <summary>Entry points compiled so far.</summary>
    internal int CompiledEntries => build.Programs.Count;

    /// <summary>Opens a device, or throws <see cref="DeviceException"/> that says what is missing.</summary>
    public static IlgpuDevice Open(IlgpuDeviceOptions options)
    {
        bool powerOfTwo = options.CpuThreads >= 4 && (options.CpuThreads & (options.CpuThreads - 1)) == 0;
        return !powerOfTwo ? throw new UsageException($"ilgpu: {options.CpuThreads} threads of a group are not a power of two of at least 4")
            : options.FragmentTiles && options.TiledProducts != true ? throw new UsageException("ilgpu: fragments are of tiles")
            : options.SubmitAhead < 1 ? throw new UsageException($"ilgpu: {options.SubmitAhead} commands ahead make no sense; give at least 1")
            : options.TiledProducts == true && options.Kind == IlgpuDeviceKind.Cpu && options.CpuThreads < TiledProduct.Threads
                ? throw new UsageException($"ilgpu: products by tiles need groups of {TiledProduct.Threads} threads, not {options.CpuThreads}")
            : new IlgpuDevice(IlgpuPlatforms.Get(options.Kind, options.Index), options);
    }

    public IDeviceMemory Allocate(MemoryTier tier, long bytes) => tier switch
    {
        MemoryTier.Storage => throw new ArgumentException("storage is not memory", nameof(tier)),
        MemoryTier.Unified => Refer(() => new StagingMemory(bytes, events?.Driver, accelerator.Bind, Release)),
        _ => NewMemory(tier, bytes),
    };

    public IDeviceMemory LockHostMemory(nint address, long bytes) =>
        Refer(() => new LockedMemory(address, bytes, events?.Driver, accelerator.Bind, Release));

    public ICompiledKernel Prepare(KernelDesc kernel)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return IlgpuFamilies.Compile(kernel, build);
    }

    public Timeline CreateTimeline(string name) => new IlgpuTimeline(name);

    public ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return ValueTask.CompletedTask;
        }

        disposed = true;
        computeQueue.Dispose();
        transferQueue.Dispose();
        tableMemory.Dispose();
        faultMemory.Dispose();
        Release();
        return ValueTask.CompletedTask;
    }

    private static LaunchShape ShapeOf(Accelerator accelerator, IlgpuDeviceKind kind, IlgpuDeviceOptions options)
    {
        bool cpu = kind == IlgpuDeviceKind.Cpu;
        int most = accelerator.MaxNumThreadsPerGroup;
        bool tiled = options.TiledProducts ?? (!cpu && most >= TiledProduct.Threads);
        return new LaunchShape(
            ElementThreads: Math.Min(256, most),
            RowThreads: Math.Min(GroupReduce.MostThreads, most),
            AttentionThreads: Math.Min(BlockAttention.MostThreads, most),
            MostGroups: cpu ? 1 : accelerator.NumMultiprocessors * GroupsPerMultiprocessor,
            TiledProducts: tiled,
            Cores: options.FragmentTiles ? ProductCores.Shared : HasTensorCores(accelerator) ? ProductCores.Tensor : ProductCores.None);
    }

    private static bool HasTensorCores(Accelerator accelerator) =>
        accelerator is CudaAccelerator { Architecture.Major: >= 8 };

    private ICommandStream NewStream() => events is null
        ? new HostOrderedStream(accelerator, clock)
        : new CudaCommandStream(accelerator, events);

    /// <summary>Memory may outlive the device's disposal: the accelerator closes with the last of them.</summary>
    private TMemory Refer<TMemory>(Func<TMemory> allocate)
    {
        TMemory memory = allocate();
        lock (gate)
        {
            references++;
        }

        return memory;
    }

    private DeviceMemory NewMemory(MemoryTier tier, long bytes) => Refer(() => new DeviceMemory(accelerator, tier, bytes, readBounce, Release));

    private void Release()
    {
        lock (gate)
        {
            if (--references > 0)
            {
                return;
            }
        }

        LostDevice.Free(accelerator.Bind);
        if (readBounce is { IsValueCreated: true })
        {
            readBounce.Value.Dispose();
        }

        events?.Dispose();
        LostDevice.Free(accelerator.Dispose);
        context.Dispose();
    }
}
