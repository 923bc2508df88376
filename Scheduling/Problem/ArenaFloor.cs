using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>The smallest arenas with which a graph runs, in bytes, each a multiple of 4096.</summary>
/// <param name="UnifiedBytes">
/// Where storage puts chunks. On zero-copy devices the hungriest step's chunks; else staging for the largest chunk or the parameters
/// block, because a chunk gives its place to the next one as soon as it is copied.
/// </param>
/// <param name="TextureBytes">Panel chunks of the hungriest step; 0 on zero-copy devices.</param>
/// <param name="TableBytes">Large linear weights of the hungriest step, in device memory; 0 on zero-copy devices.</param>
internal readonly record struct ArenaFloor(long UnifiedBytes, long TextureBytes, long TableBytes)
{
    /// <summary>What pinned chunks take of the arena that panels lie in, the waste at the borders of textures included.</summary>
    public long PinnedBytes { get; init; }

    public long TotalBytes => checked(UnifiedBytes + TextureBytes + TableBytes);

    /// <summary>Policy preload holds everything; the others hold what is pinned and cut the rest as finely as chunks allow.</summary>
    public static ArenaFloor Of(
        KernelGraph graph, WeightFileLayout layout, DeviceCapabilities capabilities, PlanPolicy policy, PinnedWeights pinned) =>
        policy == PlanPolicy.Preload ? ForEverything(graph, layout, capabilities) : Smallest(graph, layout, capabilities, pinned);

    /// <summary>With nearly everything pinned, everything can need less: what is pinned wastes more at the borders of textures.</summary>
    private static ArenaFloor Smallest(
        KernelGraph graph, WeightFileLayout layout, DeviceCapabilities capabilities, PinnedWeights pinned)
    {
        ArenaFloor step = ForHungriestStep(graph, layout, capabilities, pinned);
        ArenaFloor everything = ForEverything(graph, layout, capabilities);
        return step.TotalBytes <= everything.TotalBytes ? step : everything;
    }

    private static ArenaFloor ForHungriestStep(
        KernelGraph graph, WeightFileLayout layout, DeviceCapabilities capabilities, PinnedWeights pinned)
    {
        (long keptPanels, long keptTables) = Held(graph, layout, capabilities, pinned.Has);
        long together = 0;
        long panels = 0;
        long tables = 0;
        foreach (KernelNode kernel in graph.Kernels)
        {
            KernelChunks chunks = KernelChunks.Of(kernel, layout).Without(pinned, layout);
            together = Math.Max(together, checked(chunks.TableBytes(layout) + chunks.LargestPanelChunk(layout)));
            panels = Math.Max(panels, chunks.LargestPanelChunk(layout));
            tables = Math.Max(tables, chunks.TableBytes(layout));
        }

        return capabilities.ZeroCopy
            ? new ArenaFloor(checked(keptPanels + keptTables + together), 0, 0) { PinnedBytes = keptPanels + keptTables }
            : new ArenaFloor(
                StagingBytes(graph, layout),
                TextureBlocks.After(keptPanels, panels, capabilities.TextureBlockBytes),
                keptTables + tables)
            {
                PinnedBytes = keptPanels,
            };
    }

    private static ArenaFloor ForEverything(KernelGraph graph, WeightFileLayout layout, DeviceCapabilities capabilities)
    {
        (long panels, long tables) = Held(graph, layout, capabilities, _ => true);
        return capabilities.ZeroCopy
            ? new ArenaFloor(panels + tables, 0, 0)
            : new ArenaFloor(StagingBytes(graph, layout), panels, tables);
    }

    /// <summary>What the used chunks of some weights take when they lie one after the other.</summary>
    private static (long Panels, long Tables) Held(
        KernelGraph graph, WeightFileLayout layout, DeviceCapabilities capabilities, Func<int, bool> isHeld)
    {
        bool[] used = UsedWeights(graph);
        long panels = 0;
        long tables = 0;
        foreach (ChunkInfo chunk in layout.Chunks.Where(chunk => used[chunk.Weight] && isHeld(chunk.Weight)))
        {
            if (IsTable(graph, chunk))
            {
                tables += chunk.SlotBytes;
            }
            else
            {
                panels = capabilities.ZeroCopy
                    ? panels + chunk.SlotBytes
                    : TextureBlocks.After(panels, chunk.SlotBytes, capabilities.TextureBlockBytes);
            }
        }

        return (panels, tables);
    }

    /// <summary>A chunk of a large linear weight, which kernels read as they read an activation.</summary>
    public static bool IsTable(KernelGraph graph, ChunkInfo chunk) => graph.Weights[chunk.Weight].Storage is LinearWeight;

    private static long StagingBytes(KernelGraph graph, WeightFileLayout layout)
    {
        bool[] used = UsedWeights(graph);
        long most = Alignment.Up(layout.ParametersBytes, Alignment.Block);
        foreach (ChunkInfo chunk in layout.Chunks)
        {
            most = used[chunk.Weight] ? Math.Max(most, chunk.SlotBytes) : most;
        }

        return most;
    }

    private static bool[] UsedWeights(KernelGraph graph)
    {
        var used = new bool[graph.Weights.Length];
        foreach (KernelNode kernel in graph.Kernels)
        {
            foreach (int weight in kernel.StreamedWeights())
            {
                used[weight] = true;
            }
        }

        return used;
    }
}
