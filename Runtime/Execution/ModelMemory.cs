using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Queues;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// The device memory of one executor: the arenas for chunks, parameters block, activation arena and the staging of rows. All taken from
/// the budget at construction and held until disposed, or ranges of the pools that the models of a queue share.
/// </summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly List<MemoryLease> leases = [];
    private readonly StreamedModel model;
    private readonly ActivationLayout activations;
    private readonly RowStaging rowStaging;
    private readonly MemoryRange? chunkArena;
    private readonly MemoryRange? textureArena;
    private readonly MemoryRange? tableArena;
    private readonly MemoryRange? rows;
    private readonly MemoryRange? parameters;
    private readonly MemoryRange? activationArena;

    public ModelMemory(StreamedModel model, OverlapPlan plan, ActivationLayout activations, DeviceCapabilities capabilities, MemoryBudget budget)
        : this(model, activations, capabilities)
    {
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
                MemoryLease lease = budget.AllocateTexture(
                    plan.TextureArenaBytes, TexelType(model.Graph, capabilities), "the texture arena");
                leases.Add(lease);
                textureArena = new MemoryRange(lease.Memory, 0, plan.TextureArenaBytes);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Ranges of memory that a queue owns and that others may use before and after.</summary>
    public ModelMemory(
        StreamedModel model,
        OverlapPlan plan,
        ActivationLayout activations,
        DeviceCapabilities capabilities,
        QueuePools pools,
        ModelPlaces places)
        : this(model, activations, capabilities)
    {
        activationArena = pools.Activation(places.Activations, plan.ActivationBytes);
        parameters = ZeroCopy
            ? pools.Unified(places.Parameters, plan.ParametersBytes)
            : pools.Activation(places.Parameters, plan.ParametersBytes);
        chunkArena = pools.Unified(places.ChunkArena, plan.UnifiedArenaBytes);
        rows = pools.Unified(places.Rows, plan.RowStagingBytes);
        tableArena = pools.Activation(places.TableArena, plan.TableArenaBytes);
        textureArena = pools.Texture(places.TextureArena, plan.TextureArenaBytes);
    }

    private ModelMemory(StreamedModel model, ActivationLayout activations, DeviceCapabilities capabilities)
    {
        this.model = model;
        this.activations = activations;
        ZeroCopy = capabilities.ZeroCopy;
        rowStaging = RowStaging.Of(model.Graph);
    }

    /// <summary>Kernels read what storage has read; else everything must be copied to the device's own memory first.</summary>
    public bool ZeroCopy { get; }

    /// <summary>The unified arena.</summary>
    public MemoryRange ChunkArena => chunkArena ?? Nothing;

    /// <summary>Some range of device memory, for commands that move nothing.</summary>
    public MemoryRange Nothing => (activationArena ?? parameters ?? chunkArena)!.Value with { Bytes = 0 };

    /// <summary>Where storage puts a chunk; as long as its slot, so that direct reads may write whole blocks.</summary>
    public MemoryRange Slot(ChunkInfo chunk, long offset) => Part(chunkArena, offset, chunk.SlotBytes);

    /// <summary>The start of the unified arena.</summary>
    public MemoryRange Staging(long bytes) => Part(chunkArena, 0, bytes);

    /// <summary>Slots of chunks of one weight on a device with a texture tier.</summary>
    public MemoryRange OnDevice(int weight, long offset, long bytes) =>
        Part(model.Graph.Weights[weight].Storage is LinearWeight ? tableArena : textureArena, offset, bytes);

    /// <summary>Where storage puts the rows that a kernel fetches, on a device with a texture tier.</summary>
    public MemoryRange Rows(int kernel, long bytes) => Part(rows, rowStaging.Offsets[kernel], bytes);

    /// <summary>The whole parameters block.</summary>
    public MemoryRange Parameters => parameters!.Value;

    /// <summary>A linear weight in the parameters block.</summary>
    public MemoryRange Parameter(int weight) =>
        Part(parameters, model.Layout.Weights[weight].ParameterOffset, model.Graph.Weights[weight].Storage.Bytes);

    /// <summary>A buffer in the activation arena.</summary>
    public MemoryRange Buffer(int buffer) =>
        Part(activationArena, activations.Offsets[buffer], model.Graph.Buffers[buffer].Bytes);

    public void Dispose()
    {
        foreach (MemoryLease lease in leases)
        {
            lease.Dispose();
        }

        leases.Clear();
    }

    /// <summary>What kernels read from textures. Buffers take any mixture of types, images are made for one.</summary>
    internal static ElementType TexelType(KernelGraph graph, DeviceCapabilities capabilities)
    {
        ElementType[] types = [.. graph.Weights.Select(weight => weight.Storage).OfType<PanelWeight>()
            .Select(panels => panels.Layout.Type).Distinct()];
        return types.Length == 1 || !capabilities.Images
            ? types[0]
            : throw new ModelException(
                $"model '{graph.ModelName}' has weights of types {string.Join(", ", types)}; textures hold one type");
    }

    private static MemoryRange Part(MemoryRange? whole, long offset, long bytes) =>
        new(whole!.Value.Memory, whole.Value.Offset + offset, bytes);

    private MemoryRange? Take(MemoryBudget budget, MemoryTier tier, long bytes, string purpose)
    {
        if (bytes == 0)
        {
            return null;
        }

        MemoryLease lease = budget.Allocate(tier, bytes, purpose);
        leases.Add(lease);
        return new MemoryRange(lease.Memory, 0, bytes);
    }
}
