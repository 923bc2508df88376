using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Tests.Scheduling;

/// <summary>Plan problems for tests: a kernel graph, an invented device, a budget some way above the floor.</summary>
internal static class Problems
{
    public static DeviceCapabilities Capabilities { get; } = new() { ZeroCopy = true, PanelWidth = 32, WorkspaceBytes = 10_000 };

    /// <summary>A device with a texture tier made of small textures.</summary>
    public static DeviceCapabilities Textures { get; } = Capabilities with
    {
        ZeroCopy = false, TextureBlockBytes = 64 * 1024, CarriedMoves = CarriedMoves.Anywhere,
    };

    public static DeviceSpec Spec(double storageBytesPerSecond = 1e9) => new()
    {
        Name = "invented",
        StorageBandwidth = Figure(storageBytesPerSecond, "B/s"),
        StorageLatency = Figure(1e-4, "s"),
        TransferBandwidth = Figure(2e10, "B/s"),
        MemoryBandwidth = Figure(2e10, "B/s"),
        ComputeRate = Figure(1e11, "flop/s"),
        LaunchLatency = Figure(5e-6, "s"),
        ZeroCopy = true,
    };

    public static PlanProblem Create(
        KernelGraph graph,
        PlanPolicy policy,
        long? budget,
        long chunkBytes = 8192,
        DeviceSpec? spec = null,
        DeviceCapabilities? capabilities = null,
        MoveMode moveMode = MoveMode.CopyQueue,
        params ImmutableArray<int> pinned) => PlanProblem.Create(
        graph,
        WeightFileLayout.Compute(graph, chunkBytes),
        ActivationLayout.Compute(graph),
        spec ?? Spec(),
        capabilities ?? Capabilities,
        new PlanOptions
        {
            BudgetBytes = budget, TargetChunkBytes = chunkBytes, Policy = policy, WeightFileHash = "abcd", MoveMode = moveMode,
            PinnedWeights = pinned,
        });

    public static long Floor(KernelGraph graph, PlanPolicy policy, long chunkBytes = 8192, DeviceCapabilities? capabilities = null) =>
        BudgetFloor.Bytes(
            graph, WeightFileLayout.Compute(graph, chunkBytes), ActivationLayout.Compute(graph), capabilities ?? Capabilities, policy);

    /// <summary>A problem whose budget is the floor plus a share (0 to 1) of what policy overlap would need to keep everything.</summary>
    public static PlanProblem WithSlack(
        KernelGraph graph,
        PlanPolicy policy,
        double slack,
        DeviceCapabilities? capabilities = null,
        MoveMode moveMode = MoveMode.CopyQueue)
    {
        long floor = Floor(graph, policy, capabilities: capabilities);
        long full = Math.Max(floor, Floor(graph, PlanPolicy.Preload, capabilities: capabilities));
        return Create(graph, policy, floor + (long)((full - floor) * slack), capabilities: capabilities, moveMode: moveMode);
    }

    private static Figure Figure(double value, string unit) => new(value, unit, FigureKind.Estimate, "invented for tests");
}
