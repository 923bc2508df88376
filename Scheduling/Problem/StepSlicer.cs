using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Cuts kernels into steps. A kernel whose panel weight exceeds the slice limit becomes several steps of consecutive whole chunks, about
/// equal in size; every output column belongs to one step, so slicing changes no result.
/// </summary>
/// <param name="graph">Kernels to cut.</param>
/// <param name="layout">Chunks of its weights.</param>
/// <param name="costs">What the steps take.</param>
/// <param name="limits">How finely to cut.</param>
internal sealed class StepSlicer(KernelGraph graph, WeightFileLayout layout, StepCosts costs, SliceLimits limits)
{
    /// <summary>At least this many slices fit the arena together, so that some arrive while one is computed.</summary>
    private const int SlicesInFlight = 8;

    private readonly ImmutableArray<ProblemStep>.Builder steps = ImmutableArray.CreateBuilder<ProblemStep>();

    public ImmutableArray<ProblemStep> Slice()
    {
        foreach (KernelNode kernel in graph.Kernels)
        {
            KernelChunks chunks = KernelChunks.Of(kernel, layout);
            if (chunks.Panels is { } panels)
            {
                AddSlices(kernel, chunks, panels);
            }
            else
            {
                AddStep(kernel, default, chunks.Tables, 1.0);
            }
        }

        return steps.ToImmutable();
    }

    private void AddSlices(KernelNode kernel, KernelChunks chunks, WeightPlacement panels)
    {
        long perSlice = Math.Max(1, SliceLimit(chunks, panels) / chunks.LargestPanelChunk(layout));
        int slices = (int)((panels.ChunkCount + perSlice - 1) / perSlice);
        int panelCount = layout.Chunks[panels.FirstChunk + panels.ChunkCount - 1].Panels.End;
        for (int i = 0; i < slices; i++)
        {
            int first = panels.FirstChunk + (int)((long)panels.ChunkCount * i / slices);
            int end = panels.FirstChunk + (int)((long)panels.ChunkCount * (i + 1) / slices);
            int start = layout.Chunks[first].Panels.Start;
            var range = new PanelRange(start, layout.Chunks[end - 1].Panels.End - start);
            var ids = new int[chunks.Tables.Length + end - first];
            chunks.Tables.CopyTo(ids);
            for (int chunk = first; chunk < end; chunk++)
            {
                ids[chunks.Tables.Length + chunk - first] = chunk;
            }

            AddStep(kernel, range, ImmutableCollectionsMarshal.AsImmutableArray(ids), (double)range.Count / panelCount);
        }
    }

    /// <summary>Bytes of panel chunks per step.</summary>
    private long SliceLimit(KernelChunks chunks, WeightPlacement panels)
    {
        if (limits.KeepWhole)
        {
            return long.MaxValue;
        }

        if (limits.Pinned.Has(panels.Weight))
        {
            return limits.LargestSliceBytes;
        }

        long tables = limits.TablesShareArena ? chunks.Without(limits.Pinned, layout).TableBytes(layout) : 0;
        long shared = limits.EverythingFits
            ? limits.LargestSliceBytes
            : Math.Min(limits.LargestSliceBytes, limits.ArenaBytes / SlicesInFlight);
        return Math.Min(shared, limits.ArenaBytes - tables);
    }

    private void AddStep(KernelNode kernel, PanelRange panels, ImmutableArray<int> chunks, double share)
    {
        KernelCost cost = kernel.Cost;
        long flops = (long)(cost.Flops * share);
        long bytes = cost.InputBytes + (long)((cost.WeightBytes + cost.OutputBytes) * share);
        steps.Add(new ProblemStep
        {
            Index = steps.Count,
            Kernel = kernel.Index,
            Name = kernel.Desc.Name,
            Family = kernel.Desc.Family,
            Class = kernel.Desc.Class,
            Panels = panels,
            Chunks = chunks,
            Flops = flops,
            Bytes = bytes,
            ComputeMs = costs.ComputeMs(kernel.Desc, panels, flops, bytes),
            BesideReads = costs.BesideReads(kernel.Desc.Class),
            FetchBytes = kernel.Fetch is null ? 0 : graph.Buffers[kernel.Inputs[0].Id].Bytes,
            LoadCapacityBytes = costs.LoadCapacityBytes(kernel.Desc, panels, flops, bytes),
        });
    }
}
