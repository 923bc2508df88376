using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Activations;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Everything a planner and the verifier know: steps, chunks, fixed memory, budget and rates. A pure value; a problem that exists is
/// workable, because <see cref="Create"/> refuses a budget that is too small.
/// </summary>
public sealed record PlanProblem
{
    /// <summary>Most staging of a device with a texture tier that is worth its memory.</summary>
    internal const long MostStagingBytes = 64L * 1024 * 1024;

    /// <summary>Largest slice for processors, which gain nothing from longer ones.</summary>
    private const long LargestSliceBytes = 16L * 1024 * 1024;

    /// <summary>Largest slice for devices with a texture tier: these need many columns at once to be busy.</summary>
    private const long LargestTextureSliceBytes = 64L * 1024 * 1024;

    public required string Model { get; init; }

    public required string ModelHash { get; init; }

    public required string LayoutHash { get; init; }

    public string? WeightFileHash { get; init; }

    public required string DeviceSpecHash { get; init; }

    public required PlanPolicy Policy { get; init; }

    /// <summary>Type of the floating-point activations, Float32 or Float16.</summary>
    public ElementType ActivationType { get; init; } = ElementType.Float32;

    public required MoveMode MoveMode { get; init; }

    /// <summary>Kernels read chunks where storage put them; there is no texture tier and no move.</summary>
    public required bool ZeroCopy { get; init; }

    public required long ChunkBytes { get; init; }

    /// <summary>Null means that everything stays resident.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>See <see cref="PlanOptions.LatencySlack"/>; null for policies other than overlap.</summary>
    public double? LatencySlack { get; init; }

    /// <summary>Parameters block, always resident; a multiple of 4096.</summary>
    public required long ParametersBytes { get; init; }

    /// <summary>Activation arena; a multiple of 4096.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Device workspace; a multiple of 4096.</summary>
    public required long WorkspaceBytes { get; init; }

    /// <summary>Staging of fetched rows; 0 on zero-copy devices. A multiple of 4096.</summary>
    public long RowStagingBytes { get; init; }

    /// <summary>
    /// Largest sum of the arenas for chunks: what the fixed parts leave of the budget, at most what all chunks can use; a multiple of 4096.
    /// </summary>
    public required long ArenaCapacity { get; init; }

    /// <summary>Smallest sum of the arenas that keeps every used chunk resident.</summary>
    public required long EverythingBytes { get; init; }

    /// <summary>Smallest unified arena of a device with a texture tier, for staging; 0 on zero-copy devices.</summary>
    public long StagingFloorBytes { get; init; }

    /// <summary>No chunk in texture memory may lie across a multiple of this.</summary>
    public long TextureBlockBytes { get; init; } = long.MaxValue;

    /// <summary>Indices of the weights that are resident before step 0 and between runs, ascending.</summary>
    public ImmutableArray<int> PinnedWeights { get; init; } = [];

    /// <summary>Kernels of the model's graph that were split, ascending; <see cref="Steps"/> are those of the graph with the parts.</summary>
    public ImmutableArray<int> SplitKernels { get; init; } = [];

    /// <summary>Where kernels can move chunks to themselves; None where the move mode does not ask for it.</summary>
    public CarriedMoves CarriedMoves { get; init; }

    public required PlanRates Rates { get; init; }

    /// <summary>
    /// Share by which kernels may take longer than their step's time says; on devices with a texture tier plans are chosen so that this costs
    /// them little. 0 where the times are those by which the device runs.
    /// </summary>
    public double ComputeDoubt { get; init; }

    public required ImmutableArray<ProblemStep> Steps { get; init; }

    /// <summary>All chunks of the weight file, by id.</summary>
    public required ImmutableArray<ProblemChunk> Chunks { get; init; }

    /// <summary>Parameters, activations, workspace and the staging of rows.</summary>
    public long FixedBytes => ParametersBytes + ActivationBytes + WorkspaceBytes + RowStagingBytes;

    /// <summary>It is known how reads and kernels slow each other, so nothing is assumed of it.</summary>
    public bool ReadsInterfere => Steps.Any(step => step.BesideReads is not null);

    /// <summary>Bytes that storage reads when every chunk that some step uses is read once.</summary>
    public long StreamableBytes => Chunks.Sum(chunk => chunk.Uses.IsEmpty ? 0 : chunk.Bytes);

    /// <summary>All chunks can stay resident, so that repeated runs read nothing.</summary>
    public bool EverythingFits => EverythingBytes <= ArenaCapacity;

    /// <summary>Most slot bytes that can stay resident.</summary>
    public long RetainableBytes => ArenaCapacity - StagingFloorBytes;

    /// <summary>By id of the chunk: it is pinned. A new array every time, to add to.</summary>
    internal bool[] Pinned() => [.. Chunks.Select(chunk => chunk.IsPinned)];

    /// <summary>Poses the problem.</summary>
    /// <param name="graph">Kernels and weights.</param>
    /// <param name="layout">Chunks of the weight file.</param>
    /// <param name="activations">Arena of the activations.</param>
    /// <param name="spec">Figures of the device.</param>
    /// <param name="capabilities">What the device can do.</param>
    /// <param name="options">What the plan is asked for.</param>
    /// <param name="estimates">The device's own kernel times; null takes the roofline of <paramref name="spec"/>.</param>
    /// <exception cref="BudgetException">The budget is below <see cref="BudgetFloor.Bytes"/>.</exception>
    /// <exception cref="UsageException">
    /// The options do not fit the layout or the device's way to move chunks, or a chunk does not fit a texture block.
    /// </exception>
    public static PlanProblem Create(
        KernelGraph graph,
        WeightFileLayout layout,
        ActivationLayout activations,
        DeviceSpec spec,
        DeviceCapabilities capabilities,
        PlanOptions options,
        IKernelEstimates? estimates = null)
    {
        if (layout.TargetChunkBytes != options.TargetChunkBytes)
        {
            throw new UsageException(
                $"the weight file has chunks of {layout.TargetChunkBytes} bytes, the plan asks for {options.TargetChunkBytes}");
        }

        if (options.LatencySlack is { } slack && !(slack >= 0 && double.IsFinite(slack)))
        {
            throw new UsageException($"a latency slack of {slack} is no share; it must not be negative");
        }

        if (options.MoveMode == MoveMode.InKernel && capabilities.CarriedMoves == CarriedMoves.None)
        {
            throw new UsageException(capabilities.ZeroCopy
                ? $"kernels of device '{spec.Name}' read weights where storage put them, so none moves inside a kernel; leave the move mode out"
                : $"kernels of device '{spec.Name}' cannot move chunks themselves; use move mode copyQueue"
                    + (capabilities.CarriedMovesFinding.Value.Refusal is { } why ? $" ({why})" : ""));
        }

        BudgetFloor.Require(graph, layout, activations, capabilities, options);
        RequireBlocks(graph, layout, spec, capabilities);
        FixedMemory memory = FixedMemory.Of(graph, layout, activations, capabilities);
        PinnedWeights pinned = Problem.PinnedWeights.Of(graph, options.PinnedWeights);
        ArenaFloor floor = ArenaFloor.Of(graph, layout, capabilities, PlanPolicy.Demand, pinned);
        long everything = ArenaFloor.Of(graph, layout, capabilities, PlanPolicy.Preload, pinned).TotalBytes;
        long useful = capabilities.ZeroCopy ? everything : checked(everything + SpareStaging(layout, floor.UnifiedBytes));
        long capacity = options.BudgetBytes is { } budget
            ? Math.Min(useful, Alignment.Down(budget - memory.TotalBytes, Alignment.Block))
            : useful;
        PlanRates rates = PlanRates.From(spec);
        StepCosts costs = new(rates, estimates, options.MoveMode, capabilities.ZeroCopy);
        ImmutableArray<ProblemStep> steps = new StepSlicer(graph, layout, costs, new SliceLimits
        {
            ArenaBytes = capacity - floor.PinnedBytes - (capabilities.ZeroCopy ? 0 : floor.UnifiedBytes + floor.TableBytes),
            LargestSliceBytes = capabilities.ZeroCopy
                ? LargestSliceBytes
                : Math.Min(LargestTextureSliceBytes, capabilities.TextureBlockBytes),
            TablesShareArena = capabilities.ZeroCopy,
            Pinned = pinned,
            KeepWhole = options.Policy == PlanPolicy.Preload,
            EverythingFits = capacity >= everything,
        }).Slice();
        return new PlanProblem
        {
            Model = graph.ModelName,
            ModelHash = graph.ModelHash,
            LayoutHash = layout.Hash,
            WeightFileHash = options.WeightFileHash,
            DeviceSpecHash = Problem.DeviceSpecHash.Of(spec, estimates),
            ActivationType = ActivationTypes.Of(graph),
            Policy = options.Policy,
            MoveMode = options.MoveMode,
            ZeroCopy = capabilities.ZeroCopy,
            ChunkBytes = layout.TargetChunkBytes,
            BudgetBytes = options.BudgetBytes,
            LatencySlack = options.Policy == PlanPolicy.Overlap ? options.LatencySlack : null,
            ParametersBytes = memory.ParametersBytes,
            ActivationBytes = memory.ActivationBytes,
            WorkspaceBytes = memory.WorkspaceBytes,
            RowStagingBytes = memory.RowStagingBytes,
            ArenaCapacity = capacity,
            EverythingBytes = everything,
            StagingFloorBytes = capabilities.ZeroCopy ? 0 : floor.UnifiedBytes,
            TextureBlockBytes = capabilities.TextureBlockBytes,
            CarriedMoves = options.MoveMode == MoveMode.InKernel ? capabilities.CarriedMoves : CarriedMoves.None,
            PinnedWeights = options.PinnedWeights,
            SplitKernels = options.SplitKernels,
            Rates = rates,
            ComputeDoubt = options.ComputeDoubt,
            Steps = steps,
            Chunks = ChunksOf(graph, layout, steps, pinned),
        };
    }

    private static void RequireBlocks(KernelGraph graph, WeightFileLayout layout, DeviceSpec spec, DeviceCapabilities capabilities)
    {
        foreach (ChunkInfo chunk in layout.Chunks)
        {
            if (!capabilities.ZeroCopy && !ArenaFloor.IsTable(graph, chunk) && chunk.SlotBytes > capabilities.TextureBlockBytes)
            {
                throw new UsageException(
                    $"a chunk of weight '{graph.Weights[chunk.Weight].Name}' takes {chunk.SlotBytes} bytes, one texture of device "
                    + $"'{spec.Name}' holds {capabilities.TextureBlockBytes}; ask for smaller chunks than {layout.TargetChunkBytes} bytes");
            }
        }
    }

    /// <summary>Staging beyond the smallest that is still of use: enough chunks in flight to keep storage and link busy.</summary>
    private static long SpareStaging(WeightFileLayout layout, long floorBytes) =>
        Math.Max(0, Math.Min(MostStagingBytes, layout.Chunks.Sum(chunk => chunk.SlotBytes)) - floorBytes);

    private static ImmutableArray<ProblemChunk> ChunksOf(
        KernelGraph graph, WeightFileLayout layout, ImmutableArray<ProblemStep> steps, PinnedWeights pinned)
    {
        var uses = new List<int>?[layout.Chunks.Length];
        foreach (ProblemStep step in steps)
        {
            foreach (int chunk in step.Chunks)
            {
                (uses[chunk] ??= []).Add(step.Index);
            }
        }

        var chunks = ImmutableArray.CreateBuilder<ProblemChunk>(layout.Chunks.Length);
        foreach (ChunkInfo chunk in layout.Chunks)
        {
            ImmutableArray<int> used = uses[chunk.Id] is { } list ? [.. list] : [];
            chunks.Add(new ProblemChunk(
                chunk.Id,
                chunk.Weight,
                chunk.Bytes,
                chunk.SlotBytes,
                used,
                ArenaFloor.IsTable(graph, chunk),
                IsPinned: pinned.Has(chunk.Weight) && !used.IsEmpty));
        }

        return chunks.MoveToImmutable();
    }
}
