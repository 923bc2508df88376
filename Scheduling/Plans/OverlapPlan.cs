using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Scheduling.Plans;

/// <summary>
/// When every chunk is read, where it lies and when it goes. Holds numbers only: no device handle, no solver type. See
/// docs/plan-format.md for the file and the rules.
/// </summary>
/// <remarks>
/// A run issues <see cref="Preloaded"/> at once, then the loads of step 0, 1, ...: storage serves them in exactly this order. The loads
/// of step t wait until the steps before t are complete. A step waits for its own chunks only; with <see cref="AwaitPreload"/> step 0
/// waits for every preloaded chunk. A release after step t frees the range for loads of later steps. Chunks in <see cref="Retained"/>
/// are never released: the first run loads them where the plan says, later runs skip those loads and find them resident; everything
/// else repeats identically. The loads of a run start after the run before it is complete.
/// <para>
/// On devices with a texture tier the unified arena is staging: a chunk's slot is taken from its load to its move, its range in the
/// texture arena (a large linear weight's in the table arena) from its move to its release. Moves by the copy queue wait for the chunks'
/// bytes and for the steps before the one that carries them, and the steps that use the chunks wait for the moves. A load may take over a
/// slot whose chunk an earlier step moved, or that a copy of the same step has moved before. The parameters block is read into the start
/// of the unified arena and copied to device memory before anything else.
/// </para>
/// </remarks>
public sealed record OverlapPlan
{
    /// <summary>Name and version of the file format.</summary>
    public const string Schema = "flashmem.plan/1";

    /// <summary>A note that begins so tells of a solver that failed and of what was done instead.</summary>
    public const string Fallback = "fallback: ";

    public required string Model { get; init; }

    public required string ModelHash { get; init; }

    /// <summary><see cref="Problem.WeightFileLayout.Hash"/> of the weight file that it reads.</summary>
    public required string LayoutHash { get; init; }

    /// <summary>Content hash of the weight file; null when the plan was made before one existed.</summary>
    public string? WeightFileHash { get; init; }

    /// <summary>Hash of the figures of the device that it was made for.</summary>
    public required string DeviceSpecHash { get; init; }

    /// <summary>Type of the floating-point activations: Float32, or Float16 where they are halves.</summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    public required PlanPolicy Policy { get; init; }

    /// <summary>Planner that made it: fast, cpsat or greedy for policy overlap, baseline for the others.</summary>
    public required string Solver { get; init; }

    public required PlanStatus Status { get; init; }

    /// <summary>
    /// The objective: null for least latency; a share for least memory among plans whose runs take at most so much longer than those of the
    /// best plan under the budget.
    /// </summary>
    public double? LatencySlack { get; init; }

    /// <summary>
    /// What the planner minimised: predicted milliseconds of a repeated run; with <see cref="LatencySlack"/> bytes, the mean of
    /// <see cref="FirstMeanBytes"/> and <see cref="MeanBytes"/>. Null when nobody asked.
    /// </summary>
    public double? Objective { get; init; }

    /// <summary>No plan has a smaller objective than this; null when not known.</summary>
    public double? Bound { get; init; }

    /// <summary>(Objective - Bound) / Objective; null when either is not known.</summary>
    public double? Gap { get; init; }

    /// <summary>Time that planning took; null when not measured. Not part of the plan's hash.</summary>
    public double? SolveMs { get; init; }

    /// <summary>How a solver ended, and every <see cref="Fallback"/>; empty for planners without a solver.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>The budget that it keeps; null when it was made without one.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Target chunk size of the weight file.</summary>
    public required long ChunkBytes { get; init; }

    /// <summary>Size of the arena that storage puts chunks in; a multiple of 4096.</summary>
    public required long UnifiedArenaBytes { get; init; }

    /// <summary>Size of the arena in texture memory that panel chunks are moved to; 0 on zero-copy devices. A multiple of 4096.</summary>
    public long TextureArenaBytes { get; init; }

    /// <summary>Size of the arena in device memory that large linear weights are moved to; 0 on zero-copy devices.</summary>
    public long TableArenaBytes { get; init; }

    /// <summary>Staging of fetched rows; 0 on zero-copy devices. A multiple of 4096.</summary>
    public long RowStagingBytes { get; init; }

    /// <summary>
    /// Parameters block, resident from before the first step on: in unified memory on zero-copy devices, else beside the activations. A
    /// multiple of 4096.
    /// </summary>
    public required long ParametersBytes { get; init; }

    /// <summary>Activation arena; a multiple of 4096.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Workspace that the device holds while open; a multiple of 4096.</summary>
    public required long WorkspaceBytes { get; init; }

    /// <summary>Everything the plan allocates: arenas, staging of rows, parameters, activations and workspace.</summary>
    public long PeakBytes => UnifiedArenaBytes + TextureArenaBytes + TableArenaBytes + RowStagingBytes + ParametersBytes + ActivationBytes
        + WorkspaceBytes;

    /// <summary>Predicted first run: from the first read to the last step's end.</summary>
    public required double FirstRunMs { get; init; }

    /// <summary>Predicted repeated run, retained chunks resident from its start.</summary>
    public required double RunMs { get; init; }

    /// <summary>Predicted mean of all memory over the first run; null in plans made before it was known.</summary>
    public long? FirstMeanBytes { get; init; }

    /// <summary>Predicted mean of all memory over a repeated run; null in plans made before it was known.</summary>
    public long? MeanBytes { get; init; }

    /// <summary>Step 0 waits for all of <see cref="Preloaded"/>, not just for its own chunks.</summary>
    public bool AwaitPreload { get; init; }

    /// <summary>
    /// Indices of the weights whose chunks it must preload and retain, ascending; then step 0 waits. What was asked for, not what the
    /// planner chose.
    /// </summary>
    public ImmutableArray<int> Pinned { get; init; } = [];

    /// <summary>
    /// Indices of the kernels of the model's graph that are split into kernel and fused tail, ascending. Steps count kernels of the graph
    /// with the parts: behind a split kernel comes its tail.
    /// </summary>
    public ImmutableArray<int> SplitKernels { get; init; } = [];

    /// <summary>Loads issued before step 0, in order.</summary>
    public ImmutableArray<ChunkLoad> Preloaded { get; init; } = [];

    /// <summary>Chunks that stay resident between runs, ascending.</summary>
    public ImmutableArray<int> Retained { get; init; } = [];

    public required ImmutableArray<PlanStep> Steps { get; init; }

    /// <summary>The loads of a repeated run, in order: all but those of chunks that stay resident.</summary>
    public IEnumerable<ChunkLoad> RepeatedLoads()
    {
        var retained = Retained.ToHashSet();
        return Preloaded.Concat(Steps.SelectMany(step => step.Loads)).Where(load => !retained.Contains(load.Chunk));
    }
}
