using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>The relaxed run is convex with the slopes it states, and its least value lies below every plan.</summary>
public class LatencyBoundTests
{
    private const double ToleranceMs = 1e-5;

    [Property(MaxTest = 200)]
    public void No_plan_of_any_planner_or_policy_beats_it(NonEmptyArray<int> numbers, byte slack, bool textures)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            PlanProblem problem = Problems.WithSlack(
                graph, policy, slack / 255.0, textures ? Problems.Textures : Problems.Capabilities);
            double bound = LatencyBound.Of(problem).RunMs;
            foreach (string solver in policy == PlanPolicy.Overlap ? (string[])["greedy", "fast"] : ["auto"])
            {
                OverlapPlan plan = PlanMaker.Make(problem, solver);
                Assert.True(bound <= plan.RunMs + ToleranceMs, $"{policy} {solver}: {plan.RunMs} ms beats the bound of {bound} ms");
                double first = LatencyBound.FirstRunMs(problem);
                Assert.True(first <= plan.FirstRunMs + ToleranceMs, $"{policy} {solver}: {plan.FirstRunMs} ms, first run's bound {first} ms");
                Assert.Equal(plan.RunMs, plan.Objective);
                Assert.InRange(plan.Gap!.Value, 0, 1);
            }
        }
    }

    /// <summary>Weights come while earlier steps compute, and the last step's after all of that.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Streaming_reaches_the_first_runs_bound_but_for_latencies_and_the_first_bytes(int rows)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((256, 1024), 40)], rows);
        PlanProblem problem = Problems.WithSlack(graph, PlanPolicy.Overlap, 0.3);
        double bound = LatencyBound.FirstRunMs(problem);
        Assert.InRange(PlanMaker.Make(problem).FirstRunMs / bound, 1, 1.02);
        Assert.True(bound > PlanBound.FirstRun(problem).LowerBoundMs);
    }

    [Property(MaxTest = 300)]
    public void Every_slope_supports_the_relaxed_run_from_below(NonEmptyArray<int> numbers, byte slack, int seed)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        StreamModel model = StreamModel.Of(problem);
        var random = new Random(seed);
        double[] here = [.. model.Slots.Select(bytes => bytes * random.NextDouble())];
        double[] there = [.. model.Slots.Select(bytes => bytes * random.NextDouble())];
        var slope = new double[model.Steps];
        double line = new RelaxedRun(model).Evaluate(here, slope);
        for (int step = 0; step < model.Steps; step++)
        {
            line += slope[step] * (there[step] - here[step]);
        }

        double ms = new RelaxedRun(model).Evaluate(there, slope);
        Assert.True(ms >= line - (1e-9 * Math.Abs(line)), $"{ms} ms below the line's {line} ms");
    }

    [Property(MaxTest = 200)]
    public void More_room_never_gives_a_worse_bound(NonEmptyArray<int> numbers, byte slack, byte more)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        PlanProblem roomier = problem with { ArenaCapacity = problem.ArenaCapacity + (more * Alignment.Block) };
        RetentionDescent descent = new RetentionDescent(StreamModel.Of(problem)).Run();
        Assert.True(descent.BoundMs <= descent.BestMs + ToleranceMs);
        Assert.True(new RetentionDescent(StreamModel.Of(roomier)).Run().BoundMs <= descent.BestMs + ToleranceMs);
    }

    [Fact]
    public void Without_room_to_keep_anything_every_byte_is_read()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((64, 32), 8)]);
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, Problems.Floor(graph, PlanPolicy.Overlap, 4096), 4096);
        double bound = LatencyBound.Of(problem).RunMs;
        Assert.True(bound >= problem.Rates.StorageMs(7 * 4096) + problem.Steps[0].ComputeMs, $"{bound} ms");
    }
}
