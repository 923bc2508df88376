using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Planners.LeastMemory;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Least memory at a latency slack: its limits, what it saves, and its bound.</summary>
public class LeastMemoryTests
{
    /// <summary>Means this close count as the same when candidates compete for the lower peak; and rounding to bytes.</summary>
    private const double SameMean = 1.011;

    [Property(MaxTest = 200)]
    public void Plans_pass_the_verifier_and_keep_the_limits(
        NonEmptyArray<int> numbers, byte room, byte slack, bool textures, bool inKernel)
    {
        PlanProblem problem = Pose(numbers.Get, room, slack, textures, inKernel);
        OverlapPlan fast = new FastPlanner().Plan(problem with { LatencySlack = null });
        OverlapPlan least = new FastPlanner().Plan(problem);
        double share = 1 + problem.LatencySlack!.Value;
        Assert.Empty(PlanVerifier.Verify(least, problem));
        Assert.True(least.RunMs <= (fast.RunMs * share) + 1e-5, $"repeated {least.RunMs} ms, at best {fast.RunMs}");
        Assert.True(least.FirstRunMs <= (fast.FirstRunMs * share) + 1e-5, $"first {least.FirstRunMs} ms, at best {fast.FirstRunMs}");
        Assert.True(Mean(least) <= (Mean(fast) * SameMean) + 2, $"{Mean(least)} bytes, of least latency {Mean(fast)}");
        Assert.Equal(Mean(least), least.Objective);
        Assert.True(least.Bound <= Mean(fast), $"a bound of {least.Bound} bytes above a plan of {Mean(fast)}");
        Assert.Equal(PlanJson.Hash(least), PlanJson.Hash(new FastPlanner().Plan(problem)));
    }

    [Property(MaxTest = 200)]
    public void No_plan_within_the_limits_has_less_memory_than_the_bound(NonEmptyArray<int> numbers, byte room, byte slack, bool textures)
    {
        PlanProblem problem = Pose(numbers.Get, room, slack, textures, inKernel: false);
        OverlapPlan fast = new FastPlanner().Plan(problem with { LatencySlack = null });
        foreach (PlanPolicy policy in (PlanPolicy[])[PlanPolicy.Demand, PlanPolicy.Next, PlanPolicy.SameOp, PlanPolicy.Overlap])
        {
            OverlapPlan plan = PlannerRegistry.For(policy).Plan(problem with { Policy = policy, LatencySlack = null });
            var limits = new LatencyLimits(Math.Max(plan.FirstRunMs, fast.FirstRunMs), Math.Max(plan.RunMs, fast.RunMs));
            double bound = MemoryBound.Of(problem, new LatencyLimits(limits.FirstRunMs + 1e-5, limits.RunMs + 1e-5));
            Assert.True(bound <= Mean(plan) + 2, $"{policy.Name()}: a bound of {bound} bytes above a plan of {Mean(plan)}");
        }
    }

    [Property]
    public void Plans_survive_the_file(NonEmptyArray<int> numbers, byte room, byte slack)
    {
        OverlapPlan plan = PlanMaker.Make(Pose(numbers.Get, room, slack, textures: true, inKernel: false));
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        OverlapPlan read = PlanJson.Read(stream.ToArray());
        Assert.Equal(PlanJson.Hash(plan), PlanJson.Hash(read));
        Assert.Equal((plan.LatencySlack, plan.MeanBytes, plan.FirstMeanBytes), (read.LatencySlack, read.MeanBytes, read.FirstMeanBytes));
    }

    /// <summary>Products of many rows hide their reads, so nothing needs to stay and little needs to be read ahead.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_computing_hides_all_reads_a_small_part_of_the_weights_is_held(bool textures)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((256, 1024), 40)], rows: 1024);
        var capabilities = textures ? Problems.Textures with { TextureBlockBytes = 1 << 22 } : Problems.Capabilities;
        PlanProblem problem = Problems.Create(
            graph,
            PlanPolicy.Overlap,
            Problems.Floor(graph, PlanPolicy.Preload, 1 << 16, capabilities),
            1 << 16,
            capabilities: capabilities);
        OverlapPlan fast = PlanMaker.Make(problem);
        OverlapPlan least = PlanMaker.Make(problem with { LatencySlack = 0.05 });
        Assert.True(least.RunMs <= fast.RunMs * 1.05);
        long weights = problem.StreamableBytes;
        Assert.True(least.MeanBytes - problem.FixedBytes < weights / 4, $"{least.MeanBytes - problem.FixedBytes} of {weights} bytes");
        Assert.True(least.PeakBytes < fast.PeakBytes);
    }

    [Fact]
    public void What_stays_fills_its_slots_for_the_whole_of_a_repeated_run()
    {
        PlanProblem problem = Problems.Create(Chains.MatMuls([.. Enumerable.Repeat((256, 1024), 8)]), PlanPolicy.Preload, null);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Equal(problem.FixedBytes + problem.Chunks.Sum(chunk => chunk.SlotBytes), plan.MeanBytes);
        Assert.True(plan.FirstMeanBytes < plan.MeanBytes);
    }

    [Fact]
    public void Every_planner_takes_the_objective_and_the_verifier_binds_it()
    {
        PlanProblem problem = Pose([.. Enumerable.Range(0, 30)], 100, 20, textures: false, inKernel: false);
        foreach (string solver in PlannerRegistry.Solvers)
        {
            OverlapPlan plan = PlanMaker.Make(problem, solver);
            Assert.Equal(problem.LatencySlack, plan.LatencySlack);
            Assert.Contains(
                PlanVerifier.Verify(plan, problem with { LatencySlack = null }), violation => violation.Kind == ViolationKind.Identity);
        }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_slack_that_is_no_share_is_refused(double slack)
    {
        KernelGraph graph = Chains.MatMuls([(64, 64)]);
        Assert.Throws<UsageException>(() => PlanProblem.Create(
            graph,
            WeightFileLayout.Compute(graph, 8192),
            ActivationLayout.Compute(graph),
            Problems.Spec(),
            Problems.Capabilities,
            new PlanOptions { TargetChunkBytes = 8192, LatencySlack = slack }));
    }

    private static PlanProblem Pose(int[] numbers, byte room, byte slack, bool textures, bool inKernel) => Problems.WithSlack(
        GraphRecipe.Build(numbers),
        PlanPolicy.Overlap,
        room / 255.0,
        textures ? Problems.Textures : Problems.Capabilities,
        textures && inKernel ? MoveMode.InKernel : MoveMode.CopyQueue) with
    {
        LatencySlack = slack / 255.0,
    };

    private static double Mean(OverlapPlan plan) => (plan.FirstMeanBytes!.Value + plan.MeanBytes!.Value) / 2.0;
}
