using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Memory;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// The device memory of one executor: chunk arena, parameters block, activation arena and textures, all taken from the budget at
/// construction and held until disposed.
/// </summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly List<MemoryLease> leases = [];
    private readonly StreamedModel model;
    private readonly ActivationLayout activations;
    private readonly IDeviceMemory? chunkArena;
    private readonly IDeviceMemory? parameters;
    private readonly IDeviceMemory? activationArena;

    public ModelMemory(StreamedModel model, OverlapPlan plan, ActivationLayout activations, MemoryBudget budget)
    {
        this.model = model;
        this.activations = activations;
        try
        {
            if (plan.WorkspaceBytes > 0)
            {
                leases.Add(budget.Reserve(MemoryTier.Activation, plan.WorkspaceBytes, "the device's workspace"));
            }

            activationArena = Take(budget, MemoryTier.Activation, plan.ActivationBytes, "the activation arena");
            parameters = Take(budget, MemoryTier.Unified, plan.ParametersBytes, "the parameters block");
            chunkArena = Take(budget, MemoryTier.Unified, plan.UnifiedArenaBytes, "the chunk arena");
            Textures = TexturePlacement.Create(plan, model.Layout, budget, leases);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TexturePlacement Textures { get; }

    /// <summary>Some range of device memory, for commands that move nothing.</summary>
    public MemoryRange Nothing => new((chunkArena ?? parameters ?? activationArena)!, 0, 0);

    /// <summary>Where a chunk lies in the arena; as long as its slot, so that direct reads may write whole blocks.</summary>
    public MemoryRange Slot(ChunkInfo chunk, long offset) => new(chunkArena!, offset, chunk.SlotBytes);

    /// <summary>The whole parameters block.</summary>
    public MemoryRange Parameters => new(parameters!, 0, parameters!.Bytes);

    /// <summary>A linear weight in the parameters block.</summary>
    public MemoryRange Parameter(int weight) =>
        new(parameters!, model.Layout.Weights[weight].ParameterOffset, model.Graph.Weights[weight].Storage.Bytes);

    /// <summary>A buffer in the activation arena.</summary>
    public MemoryRange Buffer(int buffer) =>
        new(activationArena!, activations.Offsets[buffer], model.Graph.Buffers[buffer].Bytes);

    public void Dispose()
    {
        foreach (MemoryLease lease in leases)
        {
            lease.Dispose();
        }

        leases.Clear();
    }

    private IDeviceMemory? Take(MemoryBudget budget, MemoryTier tier, long bytes, string purpose)
    {
        if (bytes == 0)
        {
            return null;
        }

        MemoryLease lease = budget.Allocate(tier, bytes, purpose);
        leases.Add(lease);
        return lease.Memory;
    }
}
