using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>What a plan is asked for.</summary>
public sealed record PlanOptions
{
    public const long DefaultChunkBytes = 1024 * 1024;

    /// <summary>
    /// Bytes that chunks (their staging included), parameters, activations and workspace may take together; null: all weights stay
    /// resident.
    /// </summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Chunk size aimed at when the weight file is laid out.</summary>
    public long TargetChunkBytes { get; init; } = DefaultChunkBytes;

    public PlanPolicy Policy { get; init; } = PlanPolicy.Overlap;

    /// <summary>
    /// Policy overlap: with a share s (0 or more), least memory among plans whose predicted runs take at most (1 + s) times as long as
    /// those of the best plan under the budget. Null, the default: least latency. The other policies leave nothing to choose and ignore it.
    /// </summary>
    public double? LatencySlack { get; init; }

    /// <summary>How chunks reach texture memory on devices that have it.</summary>
    public MoveMode MoveMode { get; init; } = MoveMode.CopyQueue;

    /// <summary>
    /// Share by which kernels of a device with a texture tier may take longer than they are expected to: plans that lose less by it are
    /// preferred. 0, the default, where the expected times are those by which the device runs.
    /// </summary>
    public double ComputeDoubt { get; init; }

    /// <summary>
    /// Indices of weights that are resident before step 0 and stay between runs, ascending; none by default. See
    /// <see cref="WeightPatterns"/>.
    /// </summary>
    public ImmutableArray<int> PinnedWeights { get; init; } = [];

    /// <summary>
    /// Indices of the kernels of the model's graph that were split into kernel and fused tail, ascending; none by default. The graph that
    /// the problem is posed for has the parts.
    /// </summary>
    public ImmutableArray<int> SplitKernels { get; init; } = [];

    /// <summary>Content hash of the weight file, to bind the plan to it; null when there is none yet.</summary>
    public string? WeightFileHash { get; init; }
}
