using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Moves;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Queues;
using FlashMem.Backends.OpenCL.Tuning;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Device;

/// <summary>
/// A device reached by OpenCL. Drivers for this machine's processors work in place (zero copy); on all others weights move from pinned
/// staging to textures (images, or a buffer where images lose) on a queue of their own while kernels run.
/// </summary>
public sealed unsafe class OpenClDevice : IDevice
{
    private const int FaultBytes = 8 * sizeof(int);
    private const int CalibrationRounds = 8;

    private readonly ClContext context;
    private readonly DeviceClock clock = new();
    private readonly ClProgramStore programs;
    private readonly OpenClQueue computeQueue;
    private readonly OpenClQueue transferQueue;
    private readonly long? textureBlockBytes;
    private readonly string? tuningDirectory;
    private readonly TileStore? tuned;
    private readonly HashSet<KernelDesc> tunedKernels = new(ReferenceEqualityComparer.Instance);
    private ITraceSink? trace;
    private bool disposed;

    private OpenClDevice(OpenClDeviceInfo info, OpenClDeviceOptions options)
    {
        Info = info;
        bool cpu = info.Kind == OpenClDeviceKind.Cpu;
        bool cpuKernels = options.CpuKernels ?? cpu;
        bool zeroCopy = options.ZeroCopy ?? cpu;
        tuningDirectory = options.TuningDirectory;
        tuned = TileStore.Existing(tuningDirectory, info);
        bool images = !zeroCopy && (options.WeightImages ?? (info.Images && (tuned?.WeightImages ?? !cpu)));
        RequireOptions(info, zeroCopy, images, options);

        Name = info.CommandLineName;
        Spec = OpenClSpec.Create(info, Name, zeroCopy);
        textureBlockBytes = options.TextureBlockBytes;
        long blockBytes = BlockBytes(images);
        Capabilities = new DeviceCapabilities
        {
            ZeroCopy = zeroCopy,
            Images = images,
            MaxImageSize = images ? Math.Min(info.MaxImageWidth, info.MaxImageHeight) : 0,
            HalfArithmetic = info.HalfArithmetic,
            HalfActivations = true,
            AsyncTransfer = true,
            PanelWidth = 32,
            DepthInterleave = options.DepthInterleave ?? (cpuKernels ? 1 : 4),
            TextureBlockBytes = blockBytes,
            WorkspaceBytes = 0,
            CarriedMovesFinding = new Lazy<CarriedMovesFinding>(FindCarriedMoves),
        };
        Traits = new ClTraits
        {
            WeightImages = images,
            Cpu = cpuKernels,
            ComputeUnits = info.ComputeUnits,
            MaxWorkGroup = info.MaxWorkGroup,
            LocalBytes = info.LocalBytes,
            TextureBlockBytes = blockBytes,
            CutMoveLoops = !cpu,
            HalfArithmetic = info.HalfArithmetic,
            Tuned = tuned,
        };

        context = new ClContext(info);
        programs = new ClProgramStore(context, options.ProgramCacheDirectory);
        try
        {
            Fault = context.CreateBuffer(MemFlags.ReadWrite, FaultBytes, null, "the fault record");
            Calibrate();
            computeQueue = new OpenClQueue(TraceLane.Compute, context, clock, options.SubmitAhead, programs, Fault);
            transferQueue = new OpenClQueue(TraceLane.Transfer, context, clock, options.SubmitAhead, null, Fault);
            if (cpu)
            {
                CompilerPages.Release();
            }
        }
        catch
        {
            computeQueue?.Dispose();
            ReleaseAll();
            throw;
        }
    }

    public string Name { get; }

    /// <summary>What the driver says about the device.</summary>
    public OpenClDeviceInfo Info { get; }

    public DeviceSpec Spec { get; }

    public DeviceCapabilities Capabilities { get; }

    public IDeviceQueue ComputeQueue => computeQueue;

    public IDeviceQueue TransferQueue => transferQueue;

    public ITraceSink? Trace
    {
        get => trace;
        set => trace = computeQueue.Trace = transferQueue.Trace = value;
    }

    public DeviceTime Now => clock.Now;

    /// <summary>Where the programs came from so far.</summary>
    public OpenClProgramStatistics ProgramStatistics => programs.Statistics;

    /// <summary>What the tuner's files gave so far.</summary>
    public OpenClTuningStatistics TuningStatistics
    {
        get
        {
            lock (tunedKernels)
            {
                return new OpenClTuningStatistics(tunedKernels.Count, tuned?.Discarded ?? 0, tuned?.Problem);
            }
        }
    }

    /// <summary>What kernel templates adapt to.</summary>
    internal ClTraits Traits { get; }

    internal ClContext Context => context;

    /// <summary>The buffer to which kernels report what they cannot do.</summary>
    internal nint Fault { get; }

    /// <summary>Handles that are open; none after the device and all its memory are disposed.</summary>
    internal ClHandleCounts Handles => context.Handles;

    /// <summary>Opens a device, or throws <see cref="DeviceException"/> that says what is missing.</summary>
    public static OpenClDevice Open(OpenClDeviceOptions options) => new(OpenClPlatforms.Get(options.Index), options);

    public void FlushTrace()
    {
        computeQueue.FlushTrace();
        transferQueue.FlushTrace();
    }

    public IDeviceMemory Allocate(MemoryTier tier, long bytes) => tier == MemoryTier.Texture
        ? AllocateTexture(bytes, ElementType.Float16)
        : tier == MemoryTier.Storage ? throw new ArgumentException("storage is not memory", nameof(tier))
        : Capabilities.ZeroCopy ? new ClHostMemory(context, tier, bytes)
        : tier == MemoryTier.Unified ? new ClStagingMemory(context, bytes)
        : new ClDeviceMemory(context, tier, bytes);

    public IDeviceMemory AllocateTexture(long bytes, ElementType element) =>
        Capabilities.ZeroCopy ? new ClHostMemory(context, MemoryTier.Texture, bytes)
        : AllocateTexture(bytes, element, Capabilities.Images);

    public ICompiledKernel Prepare(KernelDesc kernel) => Prepare(ClKernels.Compile(kernel, Traits));

    public ICompiledKernel Prepare(KernelDesc kernel, ElementType? carried) =>
        carried is not null && Capabilities.CarriedMoves == CarriedMoves.None
            ? throw new DeviceException($"opencl: kernel '{kernel.Name}' cannot carry moves: {Capabilities.CarriedMovesFinding.Value.Refusal ?? "nothing moves here"}")
            : Prepare(ClKernels.Compile(kernel, Traits with { CarriedWeights = carried }));

    public Timeline CreateTimeline(string name) => new OpenClTimeline(name);

    public ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return ValueTask.CompletedTask;
        }

        disposed = true;
        computeQueue.Dispose();
        transferQueue.Dispose();
        ReleaseAll();
        return ValueTask.CompletedTask;
    }

    /// <summary>Texture memory of either kind, whatever the device's own is.</summary>
    internal IDeviceMemory AllocateTexture(long bytes, ElementType element, bool images) => images
        ? new ClTextureMemory(context, element, bytes, BlockBytes(true))
        : new ClDeviceMemory(context, MemoryTier.Texture, bytes);

    /// <summary>The device's traits with weights in either kind of memory and nothing tuned.</summary>
    internal ClTraits Untuned(bool images) => Traits with { WeightImages = images, TextureBlockBytes = BlockBytes(images), Tuned = null };

    /// <summary>The tuner's files, whether there are any yet or not.</summary>
    internal TileStore OpenTuning() => new(
        tuningDirectory ?? throw new DeviceException($"opencl: {Info.Name} was opened without a directory for tuned tiles"), Info);

    /// <summary>Compiles all functions of a kernel.</summary>
    internal IClKernel Prepare(IClKernel kernel)
    {
        foreach (ClFunction function in kernel.Functions)
        {
            try
            {
                programs.Get(function);
            }
            catch (DeviceException cause)
            {
                throw new DeviceException($"opencl: {kernel.Desc.Family} kernel '{kernel.Desc.Name}': {cause.Message}", cause);
            }
        }

        if (kernel.Tiles is { IsTuned: true })
        {
            lock (tunedKernels)
            {
                tunedKernels.Add(kernel.Desc);
            }
        }

        return kernel;
    }

    private long BlockBytes(bool images) => images
        ? Math.Min(textureBlockBytes ?? long.MaxValue, (long)Info.MaxImageHeight * ClContext.RowBytes)
        : long.MaxValue / ClContext.RowBytes * ClContext.RowBytes;

    private static void RequireOptions(OpenClDeviceInfo info, bool zeroCopy, bool images, OpenClDeviceOptions options)
    {
        if (zeroCopy && info.Kind != OpenClDeviceKind.Cpu)
        {
            throw new UsageException($"opencl: {info.Name} does not run on the host's processors; it cannot work in the host's memory");
        }

        if (images && (!info.Images || info.MaxImageWidth < ClContext.RowBytes / 8))
        {
            throw new DeviceException(
                $"opencl: {info.Name} has no images of {ClContext.RowBytes / 8} texels a row; weights must lie in buffers there");
        }

        if (options.DepthInterleave is not (null or 1 or 4))
        {
            throw new UsageException($"opencl: a depth interleave of {options.DepthInterleave} is not supported; give 1 or 4");
        }

        if (options.TextureBlockBytes is { } block && (block < ClContext.RowBytes || block % ClContext.RowBytes != 0))
        {
            throw new UsageException($"opencl: textures of {block} bytes are not whole rows of {ClContext.RowBytes} bytes");
        }

        if (options.SubmitAhead < 1)
        {
            throw new UsageException($"opencl: {options.SubmitAhead} commands ahead make no sense; give at least 1");
        }
    }

    /// <summary>The test compiles a kernel and runs it, which only those who want moves inside kernels shall wait for.</summary>
    private CarriedMovesFinding FindCarriedMoves()
    {
        if (Capabilities.ZeroCopy)
        {
            return new CarriedMovesFinding(CarriedMoves.None, null);
        }

        if (Traits.Cpu)
        {
            return new CarriedMovesFinding(CarriedMoves.None, "kernels shaped for processors carry no moves");
        }

        ObjectDisposedException.ThrowIf(disposed, this);
        string? refusal = ClMoveProbe.Refusal(context, programs, Traits, Fault);
        return new CarriedMovesFinding(
            refusal is not null ? CarriedMoves.None : Traits.WeightImages ? CarriedMoves.ToOtherBlocks : CarriedMoves.Anywhere, refusal);
    }

    /// <summary>Maps the driver's clock onto the host's by tiny writes, of which the quickest says most.</summary>
    private void Calibrate()
    {
        var best = new DeviceTime(long.MaxValue);
        int zero = 0;
        for (int i = 0; i < CalibrationRounds; i++)
        {
            nint done;
            DeviceTime before = clock.Now;
            ClStatus.Check(
                context.Api.EnqueueWriteBuffer(context.HostQueue, Fault, false, 0, sizeof(int), &zero, 0, null, &done),
                "clEnqueueWriteBuffer",
                "clock calibration");
            ClStatus.Check(context.Api.Finish(context.HostQueue), "clFinish");
            DeviceTime after = clock.Now;
            ulong start = 0;
            ulong end = 0;
            ClStatus.Check(context.Api.GetEventProfilingInfo(done, ProfilingInfo.Start, sizeof(ulong), &start, null), "clGetEventProfilingInfo");
            ClStatus.Check(context.Api.GetEventProfilingInfo(done, ProfilingInfo.End, sizeof(ulong), &end, null), "clGetEventProfilingInfo");
            ClStatus.Check(context.Api.ReleaseEvent(done), "clReleaseEvent");
            if (after - before < best)
            {
                best = after - before;
                clock.Calibrate(before, after, start, end);
            }
        }
    }

    private void ReleaseAll()
    {
        programs.Dispose();
        if (Fault != 0)
        {
            context.ReleaseMemory(Fault);
        }

        context.RemoveReference();
    }
}
