using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Memory;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>The memory that the models of a queue share: taken from the budget at construction, held until disposed.</summary>
internal sealed class QueuePools : IDisposable
{
    private readonly List<MemoryLease> leases = [];
    private readonly IDeviceMemory? unified;
    private readonly IDeviceMemory? texture;
    private readonly IDeviceMemory? activation;

    /// <param name="bytes">Sizes of the pools.</param>
    /// <param name="texels">What kernels of all models read from textures; null on devices without them.</param>
    /// <param name="budget">Where the memory comes from.</param>
    public QueuePools(PoolBytes bytes, ElementType? texels, MemoryBudget budget)
    {
        try
        {
            if (bytes.Workspace > 0)
            {
                leases.Add(budget.Reserve(MemoryTier.Activation, bytes.Workspace, "the device's workspace"));
            }

            MemoryLease? Pool(MemoryTier tier, long size) => size == 0 ? null : budget.Allocate(tier, size, $"the queue's {tier} pool");
            activation = Keep(Pool(MemoryTier.Activation, bytes.Activation));
            unified = Keep(Pool(MemoryTier.Unified, bytes.Unified));
            texture = Keep(bytes.Texture == 0 ? null : budget.AllocateTexture(bytes.Texture, texels!.Value, "the queue's Texture pool"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A range of the unified pool; null for an empty one.</summary>
    public MemoryRange? Unified(long offset, long bytes) => Range(unified, offset, bytes);

    /// <summary>A range of the texture pool; null for an empty one.</summary>
    public MemoryRange? Texture(long offset, long bytes) => Range(texture, offset, bytes);

    /// <summary>A range of the activation pool; null for an empty one.</summary>
    public MemoryRange? Activation(long offset, long bytes) => Range(activation, offset, bytes);

    public void Dispose()
    {
        foreach (MemoryLease lease in leases)
        {
            lease.Dispose();
        }

        leases.Clear();
    }

    private static MemoryRange? Range(IDeviceMemory? pool, long offset, long bytes) =>
        bytes == 0 ? null : new MemoryRange(pool!, offset, bytes);

    private IDeviceMemory? Keep(MemoryLease? lease)
    {
        if (lease is null)
        {
            return null;
        }

        leases.Add(lease);
        return lease.Memory;
    }
}
