using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Everything a planner and the verifier know: steps, chunks, fixed memory, budget and rates. A pure value; a problem that exists is
/// workable, because <see cref="Create"/> refuses a budget that is too small.
/// </summary>
public sealed record PlanProblem
{
    public required string Model { get; init; }

    public required string ModelHash { get; init; }

    public required string LayoutHash { get; init; }

    public string? WeightFileHash { get; init; }

    public required string DeviceSpecHash { get; init; }

    public required PlanPolicy Policy { get; init; }

    public required MoveMode MoveMode { get; init; }

    /// <summary>Kernels read chunks where storage put them; there is no texture tier and no move.</summary>
    public required bool ZeroCopy { get; init; }

    public required long ChunkBytes { get; init; }

    /// <summary>Null means that everything stays resident.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>Parameters block, always resident; a multiple of 4096.</summary>
    public required long ParametersBytes { get; init; }

    /// <summary>Activation arena; a multiple of 4096.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Device workspace; a multiple of 4096.</summary>
    public required long WorkspaceBytes { get; init; }

    /// <summary>Largest arena for chunks: what the fixed parts leave of the budget, at most all chunks; a multiple of 4096.</summary>
    public required long ArenaCapacity { get; init; }

    public required PlanRates Rates { get; init; }

    public required ImmutableArray<ProblemStep> Steps { get; init; }

    /// <summary>All chunks of the weight file, by id.</summary>
    public required ImmutableArray<ProblemChunk> Chunks { get; init; }

    /// <summary>Parameters, activations and workspace.</summary>
    public long FixedBytes => ParametersBytes + ActivationBytes + WorkspaceBytes;

    /// <summary>Bytes that storage reads when every chunk that some step uses is read once.</summary>
    public long StreamableBytes => Chunks.Sum(chunk => chunk.Uses.IsEmpty ? 0 : chunk.Bytes);

    /// <summary>Arena that would hold every chunk that some step uses.</summary>
    public long EveryChunkSlotBytes => Chunks.Sum(chunk => chunk.Uses.IsEmpty ? 0 : chunk.SlotBytes);

    /// <summary>All chunks can stay resident, so that repeated runs read nothing.</summary>
    public bool EverythingFits => EveryChunkSlotBytes <= ArenaCapacity;

    /// <exception cref="BudgetException">The budget is below <see cref="BudgetFloor.Bytes"/>.</exception>
    /// <exception cref="UsageException">The options do not fit the layout, or the device has a texture tier.</exception>
    public static PlanProblem Create(
        KernelGraph graph,
        WeightFileLayout layout,
        ActivationLayout activations,
        DeviceSpec spec,
        DeviceCapabilities capabilities,
        PlanOptions options)
    {
        if (!capabilities.ZeroCopy)
        {
            throw new UsageException(
                $"device '{spec.Name}' keeps weights in a texture tier of its own; plans for such devices arrive with the OpenCL backend");
        }

        if (layout.TargetChunkBytes != options.TargetChunkBytes)
        {
            throw new UsageException(
                $"the weight file has chunks of {layout.TargetChunkBytes} bytes, the plan asks for {options.TargetChunkBytes}");
        }

        BudgetFloor.Require(graph, layout, activations, capabilities, options);
        FixedMemory memory = FixedMemory.Of(layout, activations, capabilities);
        long everything = BudgetFloor.ArenaBytes(graph, layout, PlanPolicy.Preload);
        long capacity = options.BudgetBytes is { } budget
            ? Math.Min(everything, Alignment.Down(budget - memory.TotalBytes, Alignment.Block))
            : everything;
        PlanRates rates = PlanRates.From(spec);
        ImmutableArray<ProblemStep> steps = new StepSlicer(
            graph, layout, rates, capacity, options.Policy == PlanPolicy.Preload, capacity == everything).Slice();
        return new PlanProblem
        {
            Model = graph.ModelName,
            ModelHash = graph.ModelHash,
            LayoutHash = layout.Hash,
            WeightFileHash = options.WeightFileHash,
            DeviceSpecHash = Problem.DeviceSpecHash.Of(spec),
            Policy = options.Policy,
            MoveMode = options.MoveMode,
            ZeroCopy = capabilities.ZeroCopy,
            ChunkBytes = layout.TargetChunkBytes,
            BudgetBytes = options.BudgetBytes,
            ParametersBytes = memory.ParametersBytes,
            ActivationBytes = memory.ActivationBytes,
            WorkspaceBytes = memory.WorkspaceBytes,
            ArenaCapacity = capacity,
            Rates = rates,
            Steps = steps,
            Chunks = ChunksOf(layout, steps),
        };
    }

    private static ImmutableArray<ProblemChunk> ChunksOf(WeightFileLayout layout, ImmutableArray<ProblemStep> steps)
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
            chunks.Add(new ProblemChunk(chunk.Id, chunk.Weight, chunk.Bytes, chunk.SlotBytes, used));
        }

        return chunks.MoveToImmutable();
    }
}
