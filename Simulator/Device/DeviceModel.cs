using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>How a <see cref="SimulatedDevice"/> behaves: what planners see of it, and what everything takes.</summary>
internal sealed record DeviceModel
{
    /// <summary>Name as on the command line.</summary>
    public required string Name { get; init; }

    public required DeviceSpec Spec { get; init; }

    public required DeviceCapabilities Capabilities { get; init; }

    /// <summary>What goes on at one time slows each other so.</summary>
    public required IContention Contention { get; init; }

    public required IReadTimes Reads { get; init; }

    /// <summary>What a wait of the host costs beyond what it waits for, in picoseconds.</summary>
    public required long SynchronizationPicoseconds { get; init; }

    /// <summary>From the signal that a kernel or copy waits for to its launch, in picoseconds; 0 by default.</summary>
    public long HandoverPicoseconds { get; init; }

    /// <summary>Handing commands to the driver; null where it costs nothing.</summary>
    public DriverTimes? Driver { get; init; }

    /// <summary>The host fetching results; null where they lie in memory that it shares, which costs nothing.</summary>
    public Rate? HostReads { get; init; }

    /// <summary>The kernel as it is timed: with its weight as the modelled device's own kernels lay it out. Default: as it is.</summary>
    public Func<KernelDesc, KernelDesc> InOwnLayout { get; init; } = kernel => kernel;

    /// <summary>What planners know of its kernels; null where they take the roofline of <see cref="Spec"/>.</summary>
    public IKernelEstimates? Estimates { get; init; }

    /// <summary>Makes what times and carries out commands.</summary>
    public required Func<ValueRunner?, Jitter, ICommandWork> Work { get; init; }

    /// <summary>A device whose kernels run through its caches.</summary>
    /// <param name="name">Name as on the command line.</param>
    /// <param name="spec">Its figures.</param>
    /// <param name="timer">Times its kernels.</param>
    public static DeviceModel Of(string name, SimulatorSpec spec, IKernelTimer timer) => new()
    {
        Name = name,
        Spec = DeviceFigures.Spec(name, spec),
        Capabilities = DeviceFigures.Capabilities(spec.Capabilities),
        Contention = new DramContention(Quantities.BytesPerSecond(spec.Memory.Dram.GpuBandwidth, "memory.dram.gpuBandwidth")),
        Reads = new QueueReadTimes(spec.Storage),
        SynchronizationPicoseconds = Quantities.Picoseconds(spec.Compute.SynchronizationLatency, "compute.synchronizationLatency"),
        InOwnLayout = kernel => Interleaved(kernel, spec.Capabilities.DepthInterleave),
        Estimates = new SimulatedEstimates(
            timer,
            kernel => Interleaved(kernel, spec.Capabilities.DepthInterleave),
            new DeviceTime(Quantities.Picoseconds(spec.Compute.LaunchLatency, "compute.launchLatency"))),
        Work = (values, jitter) => new CommandWork(spec, timer, values, jitter),
    };

    private static KernelDesc Interleaved(KernelDesc kernel, int depth) => kernel switch
    {
        MatMulKernel { Weight: { } weight } matMul => matMul with { Weight = weight with { DepthInterleave = depth } },
        ConvKernel { Weight: { } weight } conv => conv with { Weight = weight with { DepthInterleave = depth } },
        _ => kernel,
    };
}
