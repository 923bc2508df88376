using System.Text;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Scheduling.Fusion;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FlashMem.Tests.Graph.Passes;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling.Fusion;

/// <summary>Fusion that is decided with the plan.</summary>
public class AdaptiveFusionTests
{
    /// <summary>
    /// Storage is fast and the link slow, so that runs wait for moves; products of one row read as much as they compute and carry little.
    /// </summary>
    private static DeviceSpec SlowLink { get; } = Problems.Spec(2e10) with
    {
        ZeroCopy = false,
        TransferBandwidth = Problems.Spec().TransferBandwidth with { Value = 2e9 },
        LaunchLatency = Problems.Spec().LaunchLatency with { Value = 1e-5 },
    };

    [Fact]
    public void Fused_kernels_that_carry_too_little_are_split_where_that_pays()
    {
        KernelGraph graph = Mlp(layers: 6, width: 512);
        PlannedFusion adaptive = Plan(graph, 0.6, FusionMode.Adaptive);
        PlannedFusion asFused = Plan(graph, 0.6, FusionMode.Fixed);

        Assert.NotEmpty(adaptive.Plan.SplitKernels);
        Assert.True(adaptive.Plan.RunMs < asFused.Plan.RunMs, $"{adaptive.Plan.RunMs} ms, {asFused.Plan.RunMs} ms as fused");
        Assert.True(Carried(adaptive) > Carried(asFused), $"{Carried(adaptive)} bytes, {Carried(asFused)} as fused");
        Assert.Contains(adaptive.Plan.Notes, note => note.StartsWith("adaptive fusion: ", StringComparison.Ordinal));
        Assert.Empty(asFused.Plan.SplitKernels);
    }

    [Property(MaxTest = 40)]
    public void Adaptive_fusion_is_never_worse_and_holds_under_the_verifier(byte layers, byte width, byte slack)
    {
        KernelGraph graph = Mlp(1 + (layers % 5), 256 * (1 + (width % 4)));
        PlannedFusion adaptive = Plan(graph, slack / 255.0, FusionMode.Adaptive);
        Assert.True(adaptive.Plan.RunMs <= Plan(graph, slack / 255.0, FusionMode.Fixed).Plan.RunMs);
        Assert.Equal(adaptive.Plan.SplitKernels, adaptive.Problem.SplitKernels);
        Assert.Equal(
            adaptive.Plan.SplitKernels,
            adaptive.Graph.Origins.GroupBy(origin => origin).Where(parts => parts.Count() == 2).Select(parts => parts.Key));
        PlanVerifier.Require(adaptive.Plan, adaptive.Problem);
    }

    [Fact]
    public void A_plan_of_split_kernels_is_refused_for_the_graph_as_it_was_fused_and_survives_its_file()
    {
        KernelGraph graph = Mlp(layers: 6, width: 512);
        PlannedFusion adaptive = Plan(graph, 0.6, FusionMode.Adaptive);
        PlannedFusion asFused = Plan(graph, 0.6, FusionMode.Fixed);
        VerificationException error = Assert.Throws<VerificationException>(
            () => PlanVerifier.Require(adaptive.Plan, asFused.Problem));
        Assert.Contains("split kernels", error.Message, StringComparison.Ordinal);

        OverlapPlan read = PlanJson.Read(Encoding.UTF8.GetBytes(Text(adaptive.Plan)));
        Assert.Equal(adaptive.Plan.SplitKernels, read.SplitKernels);
        PlanVerifier.Require(read, adaptive.Problem);
        Assert.DoesNotContain("splitKernels", Text(asFused.Plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Fusion_is_left_alone_where_runs_wait_for_storage()
    {
        KernelGraph graph = Mlp(layers: 6, width: 512);
        PlannedFusion planned = Plan(graph, 0.6, FusionMode.Adaptive, SlowLink with
        {
            StorageBandwidth = Problems.Spec(1e7).StorageBandwidth,
        });
        Assert.Empty(planned.Plan.SplitKernels);
        Assert.DoesNotContain(planned.Plan.Notes, note => note.StartsWith("adaptive fusion: ", StringComparison.Ordinal));
    }

    private static PlannedFusion Plan(KernelGraph graph, double slack, FusionMode mode, DeviceSpec? spec = null)
    {
        long floor = Problems.Floor(graph, PlanPolicy.Overlap, capabilities: Problems.Textures);
        long full = Math.Max(floor, Problems.Floor(graph, PlanPolicy.Preload, capabilities: Problems.Textures));
        long budget = floor + (long)((full - floor) * slack);
        return FusionPlanner.Make(
            graph, Pose(SplitGraph.Whole(graph)), Pose, "fast", mode);

        PlanProblem Pose(SplitGraph split) => PlanProblem.Create(
            split.Graph,
            WeightFileLayout.Compute(split.Graph, 8192),
            ActivationLayout.Compute(split.Graph),
            spec ?? SlowLink,
            Problems.Textures,
            new PlanOptions
            {
                BudgetBytes = budget, TargetChunkBytes = 8192, MoveMode = MoveMode.InKernel, SplitKernels = split.SplitKernels,
            });
    }

    private static long Carried(PlannedFusion planned) => planned.Plan.Steps
        .SelectMany(step => step.Moves)
        .Where(move => move.Mode == MoveMode.InKernel)
        .Sum(move => Enumerable.Range(move.FirstChunk, move.Count).Sum(chunk => planned.Problem.Chunks[chunk].Bytes));

    private static string Text(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Products with a bias and a GELU fused into each.</summary>
    private static KernelGraph Mlp(int layers, int width)
    {
        var b = new GraphBuilder(18);
        string x = b.Input("x", 1, 1, width);
        for (int layer = 0; layer < layers; layer++)
        {
            string sum = b.Op("Add", [b.Op("MatMul", [x, b.Weight($"w{layer}", width, width)]), b.Weight($"b{layer}", width)]);
            string erf = b.Op("Erf", [b.Op("Div", [sum, b.Scalar(1.4142135f)])]);
            x = b.Op("Mul", [b.Op("Mul", [sum, b.Op("Add", [erf, b.Scalar(1)])]), b.Scalar(0.5f)]);
        }

        return GraphCompiler.Compile(b.Build(x), new LoweringOptions { PanelWidth = 32 });
    }
}
