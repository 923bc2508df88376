using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Memory;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// The device memory of one executor: the arenas for chunks, parameters block, activation arena and the staging of rows, all taken from
/// the budget at construction and held until disposed.
/// </summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly List<MemoryLease> leases = [];
    private readonly StreamedModel model;
    private readonly ActivationLayout activations;
    private readonly RowStaging rowStaging;
    private readonly IDeviceMemory? chunkArena;
    private readonly IDeviceMemory? textureArena;
    private readonly IDeviceMemory? tableArena;
    private readonly IDeviceMemory? rows;
    private readonly IDeviceMemory? parameters;
    private readonly IDeviceMemory? activationArena;

    public ModelMemory(StreamedModel model, OverlapPlan plan, ActivationLayout activations, DeviceCapabilities capabilities, MemoryBudget budget)
    {
        this.model = model;
        this.activations = activations;
        ZeroCopy = capabilities.ZeroCopy;
        UnifiedBytes = plan.UnifiedArenaBytes;
        rowStaging = RowStaging.Of(model.Graph);
        try
        {
            if (plan.WorkspaceBytes > 0)
            {
                leases.Add(budget.Reserve(MemoryTier.Activation, plan.WorkspaceBytes, "the device's workspace"));
            }

            activationArena = Take(budget, MemoryTier.Activation, plan.ActivationBytes, "the activation arena");
            MemoryTier parametersTier = ZeroCopy ? MemoryTier.Unified : MemoryTier.Activation;
            parameters = Take(budget, parametersTier, plan.ParametersBytes, "the parameters block");
            chunkArena = Take(budget, MemoryTier.Unified, plan.UnifiedArenaBytes, "the chunk arena");
            rows = Take(budget, MemoryTier.Unified, plan.RowStagingBytes, "the staging of rows");
            tableArena = Take(budget, MemoryTier.Activation, plan.TableArenaBytes, "the table arena");
            if (plan.TextureArenaBytes > 0)
            {
                MemoryLease lease = budget.AllocateTexture(plan.TextureArenaBytes, TexelType(model, capabilities), "the texture arena");
                leases.Add(lease);
                textureArena = lease.Memory;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Kernels read what storage has read; else everything must be copied to the device's own memory first.</summary>
    public bool ZeroCopy { get; }

    /// <summary>Size of the unified arena.</summary>
    public long UnifiedBytes { get; }

    /// <summary>Some range of device memory, for commands that move nothing.</summary>
    public MemoryRange Nothing => new((activationArena ?? parameters ?? chunkArena)!, 0, 0);

    /// <summary>Where storage puts a chunk; as long as its slot, so that direct reads may write whole blocks.</summary>
    public MemoryRange Slot(ChunkInfo chunk, long offset) => new(chunkArena!, offset, chunk.SlotBytes);

    /// <summary>The start of the unified arena.</summary>
    public MemoryRange Staging(long bytes) => new(chunkArena!, 0, bytes);

    /// <summary>Slots of chunks of one weight on a device with a texture tier.</summary>
    public MemoryRange OnDevice(int weight, long offset, long bytes) =>
        new(model.Graph.Weights[weight].Storage is LinearWeight ? tableArena! : textureArena!, offset, bytes);

    /// <summary>Where storage puts the rows that a kernel fetches, on a device with a texture tier.</summary>
    public MemoryRange Rows(int kernel, long bytes) => new(rows!, rowStaging.Offsets[kernel], bytes);

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

    /// <summary>What kernels read from textures. Buffers take any mixture of types, images are made for one.</summary>
    private static ElementType TexelType(StreamedModel model, DeviceCapabilities capabilities)
    {
        ElementType[] types = [.. model.Graph.Weights.Select(weight => weight.Storage).OfType<PanelWeight>()
            .Select(panels => panels.Layout.Type).Distinct()];
        return types.Length == 1 || !capabilities.Images
            ? types[0]
            : throw new ModelException(
                $"model '{model.Graph.ModelName}' has weights of types {string.Join(", ", types)}; textures hold one type");
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
