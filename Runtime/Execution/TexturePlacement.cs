using FlashMem.Abstractions.Devices;
using FlashMem.Runtime.Memory;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Texture memory of the chunks that a plan moves, on devices that have such a tier; empty on zero-copy devices. One allocation per chunk
/// that is resident at the same time: a chunk takes over the smallest allocation that fits and whose chunk has been released. Chunks that
/// stay resident between runs keep their own.
/// </summary>
internal sealed class TexturePlacement
{
    private readonly Dictionary<(int Step, int Chunk), MemoryRange> ranges = [];

    private TexturePlacement()
    {
    }

    /// <summary>Texture memory of a chunk moved at a step.</summary>
    public MemoryRange this[int step, int chunk] => ranges[(step, chunk)];

    /// <summary>Walks the plan and allocates; the leases are added to <paramref name="leases"/>.</summary>
    public static TexturePlacement Create(OverlapPlan plan, WeightFileLayout layout, MemoryBudget budget, List<MemoryLease> leases)
    {
        var placement = new TexturePlacement();
        var retained = plan.Retained.ToHashSet();
        var held = new Dictionary<int, IDeviceMemory>();
        var free = new List<IDeviceMemory>();
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkMove move in plan.Steps[t].Moves)
            {
                for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
                {
                    ChunkInfo info = layout.Chunks[chunk];
                    IDeviceMemory memory = (retained.Contains(chunk) ? null : TakeFree(free, info.SlotBytes))
                        ?? Allocate(budget, leases, info.SlotBytes);
                    held[chunk] = memory;
                    placement.ranges[(t, chunk)] = new MemoryRange(memory, 0, info.Bytes);
                }
            }

            foreach (int chunk in plan.Steps[t].Releases)
            {
                if (held.Remove(chunk, out IDeviceMemory? memory))
                {
                    free.Add(memory);
                }
            }
        }

        return placement;
    }

    private static IDeviceMemory? TakeFree(List<IDeviceMemory> free, long bytes)
    {
        IDeviceMemory? best = free.Where(memory => memory.Bytes >= bytes).MinBy(memory => memory.Bytes);
        if (best is not null)
        {
            free.Remove(best);
        }

        return best;
    }

    private static IDeviceMemory Allocate(MemoryBudget budget, List<MemoryLease> leases, long bytes)
    {
        MemoryLease lease = budget.Allocate(MemoryTier.Texture, bytes, "a chunk's texture");
        leases.Add(lease);
        return lease.Memory;
    }
}
