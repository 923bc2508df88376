using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// The smallest budget that works: fixed memory and an arena that holds the chunks of the hungriest step, cut as finely as chunks allow.
/// Policy preload needs an arena for every chunk.
/// </summary>
public static class BudgetFloor
{
    /// <summary>Smallest budget in bytes, a multiple of 4096.</summary>
    public static long Bytes(
        KernelGraph graph, WeightFileLayout layout, ActivationLayout activations, DeviceCapabilities capabilities, PlanPolicy policy) =>
        checked(FixedMemory.Of(layout, activations, capabilities).TotalBytes + ArenaBytes(graph, layout, policy));

    /// <summary>The smallest budget, proven: a plan is made and verified at it. One block less is refused by construction.</summary>
    /// <exception cref="VerificationException">The plan at the floor did not pass (a defect of the planner).</exception>
    public static long Find(
        KernelGraph graph,
        WeightFileLayout layout,
        ActivationLayout activations,
        DeviceSpec spec,
        DeviceCapabilities capabilities,
        PlanPolicy policy)
    {
        long floor = Bytes(graph, layout, activations, capabilities, policy);
        var options = new PlanOptions { BudgetBytes = floor, Policy = policy, TargetChunkBytes = layout.TargetChunkBytes };
        PlanMaker.Make(PlanProblem.Create(graph, layout, activations, spec, capabilities, options));
        return floor;
    }

    /// <summary>Throws when the options' budget is below the floor.</summary>
    internal static void Require(
        KernelGraph graph, WeightFileLayout layout, ActivationLayout activations, DeviceCapabilities capabilities, PlanOptions options)
    {
        if (options.BudgetBytes is not { } budget)
        {
            return;
        }

        FixedMemory memory = FixedMemory.Of(layout, activations, capabilities);
        long arena = ArenaBytes(graph, layout, options.Policy);
        long smallest = checked(memory.TotalBytes + arena);
        if (budget < smallest)
        {
            throw new BudgetException(
                $"a budget of {Text(budget)} cannot work for {graph.ModelName} with policy {options.Policy.Name()}: "
                + $"the smallest that works is {Text(smallest)} (activations {Text(memory.ActivationBytes)}, workspace {Text(memory.WorkspaceBytes)}, "
                + $"parameters {Text(memory.ParametersBytes)}, weight chunks {Text(arena)})",
                budget,
                smallest);
        }
    }

    /// <summary>Smallest arena for chunks: the hungriest step's, or all of them for policy preload; a multiple of 4096.</summary>
    internal static long ArenaBytes(KernelGraph graph, WeightFileLayout layout, PlanPolicy policy)
    {
        if (policy == PlanPolicy.Preload)
        {
            return EveryUsedChunk(graph, layout);
        }

        long most = 0;
        foreach (KernelNode kernel in graph.Kernels)
        {
            KernelChunks chunks = KernelChunks.Of(kernel, layout);
            most = Math.Max(most, checked(chunks.TableBytes(layout) + chunks.LargestPanelChunk(layout)));
        }

        return most;
    }

    private static long EveryUsedChunk(KernelGraph graph, WeightFileLayout layout)
    {
        var used = new bool[graph.Weights.Length];
        foreach (KernelNode kernel in graph.Kernels)
        {
            foreach (int weight in WeightFileLayout.StreamedWeights(kernel))
            {
                used[weight] = true;
            }
        }

        long bytes = 0;
        foreach (ChunkInfo chunk in layout.Chunks)
        {
            bytes += used[chunk.Weight] ? chunk.SlotBytes : 0;
        }

        return bytes;
    }

    /// <summary>MiB rounded up to four digits, so that the printed figure itself works, and the exact bytes.</summary>
    private static string Text(long bytes)
    {
        decimal mebibytes = decimal.Ceiling(bytes * 10_000m / (1024 * 1024)) / 10_000m;
        return string.Create(CultureInfo.InvariantCulture, $"{mebibytes} MiB ({bytes} bytes)");
    }
}
