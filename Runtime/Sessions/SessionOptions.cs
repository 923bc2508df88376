using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Fusion;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashMem.Runtime.Sessions;

/// <summary>How a model is opened. Immutable; exactly one of <see cref="Device"/> and <see cref="DeviceFactory"/> must be set.</summary>
public sealed record SessionOptions
{
    /// <summary>
    /// A device that the caller has opened and keeps; the session never disposes it. Sessions that share a device must not run at the
    /// same time.
    /// </summary>
    public IDevice? Device { get; init; }

    /// <summary>Opens a device that the session then owns and disposes.</summary>
    public Func<CancellationToken, ValueTask<IDevice>>? DeviceFactory { get; init; }

    /// <summary>Figures to plan with instead of the device's own, for example of a profile; null, the default, for the device's.</summary>
    public DeviceSpec? Spec { get; init; }

    /// <summary>
    /// Kernel times to plan with. Null, the default: the device's own, or with a <see cref="Spec"/> the roofline of its figures.
    /// </summary>
    public IKernelEstimates? Estimates { get; init; }

    /// <summary>The kernel times by which a plan for a device is made: figures of a profile say nothing of the device's own.</summary>
    public IKernelEstimates? EstimatesOn(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Estimates ?? (Spec is null ? device.Estimates : null);
    }

    /// <summary>
    /// Bytes that weights, activations and the device's workspace may take together. Null, the default: all weights are preloaded. With
    /// <see cref="Plan"/>: a limit on top of the plan's own.
    /// </summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Element type of streamed weights: Float16, the default, or Float32.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float16;

    /// <summary>
    /// Type of floating-point activations: Float32, the default, or Float16 on devices that have
    /// <see cref="DeviceCapabilities.HalfActivations"/>. A given <see cref="Plan"/> brings its own.
    /// </summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    /// <summary>When weights move; Overlap by default. Without a budget everything is preloaded whatever it says.</summary>
    public PlanPolicy Policy { get; init; } = PlanPolicy.Overlap;

    /// <summary>
    /// Policy overlap: least memory instead of least latency, see <see cref="PlanOptions.LatencySlack"/>; null, the default, for least
    /// latency. With it, no budget means no limit: the plan streams what the slack allows. A given <see cref="Plan"/> brings its own.
    /// </summary>
    public double? LatencySlack { get; init; }

    /// <summary>
    /// Weights that are resident before the first step and between runs, by <see cref="WeightPatterns"/>: a name with * and ?, or
    /// <c>op:FAMILY</c>; none by default. Without a budget everything is. A given <see cref="Plan"/> brings its own.
    /// </summary>
    public IReadOnlyList<string> Pin { get; init; } = [];

    /// <summary>How weights reach a device that has memory of its own: by the copy queue, the default, or inside kernels.</summary>
    public MoveMode MoveMode { get; init; } = MoveMode.CopyQueue;

    /// <summary>Whether planning may undo fusion where kernels move chunks; Adaptive by default. A given <see cref="Plan"/> has decided.</summary>
    public FusionMode Fusion { get; init; } = FusionMode.Adaptive;

    /// <summary>Planner for policy Overlap: <c>fast</c>, the default, <c>greedy</c>, <c>cpsat</c> or <c>auto</c>.</summary>
    public string Solver { get; init; } = "fast";

    /// <summary>
    /// A plan made earlier for this model, device and weight type; budget, activation type, policy, move mode, pinned weights and chunk size are then the
    /// plan's and no planner runs. It is verified. Null, the default, plans.
    /// </summary>
    public OverlapPlan? Plan { get; init; }

    /// <summary>
    /// The model as <see cref="ModelLocator"/> gave it for these capabilities, weight type and chunk size, on devices that
    /// simulate time only: the path is then not read again. Sessions may share it. Null, the default, reads the path.
    /// </summary>
    public LocatedModel? Located { get; init; }

    /// <summary>Where weight files are kept; null, the default, for <see cref="Packing.CacheDirectory.Default"/>.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Chunk size aimed at in a new weight file, in bytes; 1 MiB by default.</summary>
    public long ChunkBytes { get; init; } = PlanOptions.DefaultChunkBytes;

    /// <summary>How the weight file is read; on a simulated device this says nothing about time.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>
    /// Keeps the whole weight file in the host's memory, page-locked from the second run on, and copies straight from it: for a device with memory
    /// of its own that <see cref="DeviceCapabilities.LocksHostMemory"/>, under a budget that counts everything but the file. False by default.
    /// </summary>
    public bool HostWeights { get; init; }

    /// <summary>When weights are checked against the weight file's checksums; until a run has found the file right by default.</summary>
    public ChecksumPolicy Checksums { get; init; } = ChecksumPolicy.NewFile;

    /// <summary>
    /// Records what every run did, which most time figures of reports need; true by default. Costs a small object per kernel and read,
    /// and takes over <see cref="IDevice.Trace"/>.
    /// </summary>
    public bool Trace { get; init; } = true;

    /// <summary>Puts a SHA-256 of every output into reports; false by default because it reads all outputs once more.</summary>
    public bool HashOutputs { get; init; }

    /// <summary>Where logs go; nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
