using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Twin;

namespace FlashMem.Simulator.Device;

/// <summary>
/// A phone's GPU, memory and storage, or the twin of a measured device, in simulated time: the commands, waits and signals of a real
/// device. Its clock counts whole picoseconds and goes on only while someone waits, on the thread that waits. Kernels, copies and storage
/// slow each other. With a device for values, every command is also carried out there at the moment at which
/// it completes, so outputs are that device's bit by bit; every tier is memory of that device, and a move between tiers is a copy. Without
/// one only time is simulated.
/// </summary>
public sealed class SimulatedDevice : ISimulatedDevice
{
    private readonly DeviceModel model;
    private readonly IDevice? values;
    private readonly SimulatorFaults faults;
    private readonly DeviceLoop loop;
    private readonly Simulation simulation;
    private readonly StorageChannel channel;
    private readonly SimulatedQueue computeQueue;
    private readonly SimulatedQueue transferQueue;
    private readonly object gate = new();
    private readonly Action closed;
    private long allocatedBytes;
    private ITraceSink? trace;
    private bool disposed;

    private SimulatedDevice(DeviceModel model, IDevice? values, SimulatorFaults faults, ulong seed, Action closed)
    {
        this.model = model;
        this.values = values;
        this.faults = faults;
        this.closed = closed;
        Capabilities = model.Capabilities with
        {
            HalfActivations = model.Capabilities.HalfActivations && (values is null || values.Capabilities.HalfActivations),
        };
        var jitter = new Jitter(faults.Jitter, seed);
        loop = new DeviceLoop(model.Contention);
        simulation = new Simulation(Name, loop, model.SynchronizationPicoseconds);
        channel = new StorageChannel(loop, model.Reads, faults, jitter);
        simulation.FailStalled = channel.FailStalled;
        ICommandWork work = model.Work(values is null ? null : new ValueRunner(values), jitter);
        DriverLane? driver = model.Driver is { } times ? new DriverLane(loop, times) : null;
        computeQueue = new SimulatedQueue(simulation, loop, TraceLane.Compute, work, model.HandoverPicoseconds, driver);
        transferQueue = new SimulatedQueue(simulation, loop, TraceLane.Transfer, work, model.HandoverPicoseconds, driver);
        simulation.Add(computeQueue);
        simulation.Add(transferQueue);
        if (driver is not null)
        {
            driver.Add(computeQueue);
            driver.Add(transferQueue);
            simulation.Add(driver);
        }
    }

    public string Name => model.Name;

    public DeviceSpec Spec => model.Spec;

    public DeviceCapabilities Capabilities { get; }

    /// <summary>How much of a twin's kernel time was measured; null on other devices.</summary>
    public KernelTimeSources? TimeSources { get; private init; }

    /// <summary>What the device runs by; on twins of measured devices what those are planned with.</summary>
    public IKernelEstimates? Estimates => model.Estimates;

    public IDeviceQueue ComputeQueue => computeQueue;

    public IDeviceQueue TransferQueue => transferQueue;

    public bool HasValues => values is not null;

    public ITraceSink? Trace
    {
        get => trace;
        set => trace = computeQueue.Trace = transferQueue.Trace = loop.Trace = value;
    }

    public DeviceTime Now => new(loop.Now);

    /// <summary>Opens a device at time 0.</summary>
    /// <exception cref="UsageException">
    /// A figure of the spec cannot be used, or the values' device cannot stand behind this one.
    /// </exception>
    public static SimulatedDevice Open(SimulatedDeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var times = new KernelTimes(options.Spec, options.KernelTimesDirectory);
        return Open(options, times.Timer, times.Save);
    }

    /// <summary>The same with kernel times shared with the other devices of a library, whose owner saves it.</summary>
    public static SimulatedDevice Open(SimulatedDeviceOptions options, KernelTimesLibrary times)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(times);
        return Open(options, times.Timer(options.Spec));
    }

    /// <summary>The same with kernels timed by someone else.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="timer">Times its kernels.</param>
    /// <param name="closed">Called when the device is disposed.</param>
    internal static SimulatedDevice Open(SimulatedDeviceOptions options, IKernelTimer timer, Action? closed = null)
    {
        SimulatorFaults faults = options.Faults;
        if (!(faults.StorageSlowdown >= 1 && faults.Jitter >= 0) || !double.IsFinite(faults.StorageSlowdown + faults.Jitter))
        {
            throw new UsageException(
                $"{options.Name}: a storage slowdown is at least 1 and jitter at least 0, "
                + $"not {faults.StorageSlowdown} and {faults.Jitter}");
        }

        if (options.Values is { } values)
        {
            int width = options.Spec.Capabilities.PanelWidth;
            DeviceCapabilities found = values.Capabilities;
            if (!found.ZeroCopy || found.PanelWidth != width || found.DepthInterleave != DeviceFigures.FileInterleave)
            {
                throw new UsageException(
                    $"{options.Name}: '{values.Name}' cannot compute its values: that takes a zero-copy device with weight panels of "
                    + $"{width} columns without interleave; it has {found.PanelWidth} columns, interleave {found.DepthInterleave}"
                    + $"{(found.ZeroCopy ? "" : " and memory of its own")}; simulate time only (--timing-only)");
            }
        }

        return new SimulatedDevice(
            DeviceModel.Of(options.Name, options.Spec, timer), options.Values, faults, options.Seed, closed ?? (() => { }));
    }

    /// <summary>Opens the twin of a measured device at time 0. It simulates time only: for values there is the device itself.</summary>
    /// <exception cref="UsageException">No kernels were measured, or a figure cannot be used.</exception>
    public static SimulatedDevice OpenTwin(TwinOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kernels = new TwinKernels(options.Name, options.Figures);
        return new SimulatedDevice(TwinModel.Of(options, kernels), null, new SimulatorFaults(), 1, () => { })
        {
            TimeSources = kernels.Sources,
        };
    }

    public IWeightStorage OpenStorage(IWeightStorage? bytes)
    {
        if (HasValues != bytes is not null)
        {
            throw new InvalidOperationException($"{Name}: a weight file is read when, and only when, the device has values");
        }

        var storage = new SimulatedStorage(
            simulation, loop, channel, bytes is null ? null : new FileValues(bytes, values!), () => trace, Name);
        simulation.Add(storage);
        return storage;
    }

    public void PassHostRead(long bytes)
    {
        if (model.HostReads is { } rate)
        {
            simulation.Pass(rate.Duration(bytes));
        }
    }

    public IDeviceMemory Allocate(MemoryTier tier, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (gate)
        {
            if (faults.MemoryBytes is { } limit && bytes > limit - allocatedBytes)
            {
                throw new DeviceException(
                    $"{Name}: cannot allocate {bytes} bytes of {tier} memory: {allocatedBytes} of {limit} bytes are taken");
            }

            allocatedBytes = checked(allocatedBytes + bytes);
        }

        try
        {
            bool isVisible = tier == MemoryTier.Unified || Capabilities.ZeroCopy;
            return new SimulatedMemory(tier, bytes, isVisible, values?.Allocate(tier, bytes), Freed);
        }
        catch
        {
            Freed(bytes);
            throw;
        }
    }

    public ICompiledKernel Prepare(KernelDesc kernel) =>
        new SimulatedKernel(kernel, model.InOwnLayout(kernel), values?.Prepare(kernel));

    public Timeline CreateTimeline(string name) => new SimulatedTimeline(name, simulation);

    /// <summary>Lets everything happen that can, refuses the rest, and closes the device that computes values.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        simulation.Drain(new RunFailedException($"{Name} was closed"));
        closed();
        if (values is not null)
        {
            await values.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Freed(SimulatedMemory memory) => Freed(memory.Bytes);

    private void Freed(long bytes)
    {
        lock (gate)
        {
            allocatedBytes -= bytes;
        }
    }
}
