using System.Collections.Immutable;
using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// The smallest budget that works: fixed memory and arenas that hold the chunks of the hungriest step, cut as finely as chunks allow
/// (see <see cref="ArenaFloor"/>). Policy preload needs arenas for every chunk; with the others pinned weights come on top.
/// </summary>
public static class BudgetFloor
{
    /// <summary>Smallest budget in bytes, a multiple of 4096.</summary>
    public static long Bytes(
        KernelGraph graph,
        WeightFileLayout layout,
        ActivationLayout activations,
        DeviceCapabilities capabilities,
        PlanPolicy policy,
        params ImmutableArray<int> pinned) =>
        checked(
            FixedMemory.Of(graph, layout, activations, capabilities).TotalBytes
            + ArenaFloor.Of(graph, layout, capabilities, policy, PinnedWeights.Of(graph, pinned)).TotalBytes);

    /// <summary>The smallest budget, proven: a plan is made and verified at it. One block less is refused by construction.</summary>
    /// <exception cref="VerificationException">The plan at the floor did not pass (a defect of the planner).</exception>
    public static long Find(
        KernelGraph graph,
        WeightFileLayout layout,
        ActivationLayout activations,
        DeviceSpec spec,
        DeviceCapabilities capabilities,
        PlanPolicy policy,
        params ImmutableArray<int> pinned)
    {
        long floor = Bytes(graph, layout, activations, capabilities, policy, pinned);
        var options = new PlanOptions
        {
            BudgetBytes = floor, Policy = policy, TargetChunkBytes = layout.TargetChunkBytes, PinnedWeights = pinned,
        };
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

        FixedMemory memory = FixedMemory.Of(graph, layout, activations, capabilities);
        ArenaFloor arenas = ArenaFloor.Of(
            graph, layout, capabilities, options.Policy, PinnedWeights.Of(graph, options.PinnedWeights));
        long smallest = checked(memory.TotalBytes + arenas.TotalBytes);
        if (budget < smallest)
        {
            throw new BudgetException(
                $"a budget of {Text(budget)} cannot work for {graph.ModelName} with policy {options.Policy.Name()}"
                + $"{(options.PinnedWeights.IsEmpty ? "" : $" and {options.PinnedWeights.Length} pinned weights")}: "
                + $"the smallest that works is {Text(smallest)} (activations {Text(memory.ActivationBytes)}, workspace {Text(memory.WorkspaceBytes)}, "
                + $"parameters {Text(memory.ParametersBytes)}, {Text(arenas, memory, capabilities)})",
                budget,
                smallest);
        }
    }

    private static string Text(ArenaFloor arenas, FixedMemory memory, DeviceCapabilities capabilities) => capabilities.ZeroCopy
        ? $"weight chunks {Text(arenas.UnifiedBytes)}"
        : $"staging of chunks {Text(arenas.UnifiedBytes)} and rows {Text(memory.RowStagingBytes)}, weights in textures "
            + $"{Text(arenas.TextureBytes)}, tables {Text(arenas.TableBytes)}";

    /// <summary>MiB rounded up to four digits, so that the printed figure itself works, and the exact bytes.</summary>
    private static string Text(long bytes)
    {
        decimal mebibytes = decimal.Ceiling(bytes * 10_000m / (1024 * 1024)) / 10_000m;
        return string.Create(CultureInfo.InvariantCulture, $"{mebibytes} MiB ({bytes} bytes)");
    }
}
