using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verdicts;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>What is said of a plan before it runs, and the memory-latency curve.</summary>
public class VerdictTests
{
    [Property(MaxTest = 200)]
    public void A_plan_read_back_as_a_schedule_takes_the_time_that_it_states(
        NonEmptyArray<int> numbers, byte room, bool textures, bool inKernel)
    {
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            PlanProblem problem = Problems.WithSlack(
                GraphRecipe.Build(numbers.Get),
                policy,
                room / 255.0,
                textures ? Problems.Textures : Problems.Capabilities,
                textures && inKernel ? MoveMode.InKernel : MoveMode.CopyQueue);
            OverlapPlan plan = PlanMaker.Make(problem);
            double ms = new TimelineModel(problem).RepeatedRun(PlanSchedule.Of(plan, problem), plan.AwaitPreload).TotalMs;
            Assert.Equal(plan.RunMs, ms, 1e-5);
        }
    }

    /// <summary>
    /// Found by the property above: a slot of the staging is taken over in halves. The second half, too, waits for the copy of the load before, although the load that
    /// took the first half stays and does nothing in a repeated run.
    /// </summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1, 1, 0, 0)]
    public void A_slot_taken_over_in_parts_is_waited_for_by_every_part(params int[] numbers) =>
        A_plan_read_back_as_a_schedule_takes_the_time_that_it_states(NonEmptyArray<int>.NewNonEmptyArray(numbers), 5, true, true);

    [Property(MaxTest = 50)]
    public void Break_even_is_even_and_waits_explain_the_run(NonEmptyArray<int> numbers, byte room)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        PlanProblem problem = Problems.WithSlack(graph, PlanPolicy.Overlap, room / 255.0);
        OverlapPlan plan = PlanMaker.Make(problem);
        long smallest = Problems.Floor(graph, PlanPolicy.Overlap);
        StreamingVerdict verdict = VerdictMaker.Of(plan, problem, budget => Pose(graph, budget), smallest);

        Assert.InRange(verdict.BreakEvenBytes, smallest, Math.Max(smallest, verdict.ResidentBytes));
        double limit = verdict.ResidentMs * (1 + StreamingVerdict.EvenShare);
        Assert.True(
            verdict.BreakEvenBytes == verdict.ResidentBytes
            || PlanMaker.Make(Pose(graph, verdict.BreakEvenBytes)).RunMs <= limit + 1e-5);
        Assert.True(verdict.LeastMs <= verdict.RunMs + 1e-5);
        Assert.Equal(3, verdict.Baselines.Length);
        Assert.False(verdict.IsEven && verdict.CannotBeEven);

        double computeMs = problem.Steps.Sum(step => step.ComputeMs);
        Assert.InRange(verdict.RunMs - verdict.WaitMs, computeMs - 1e-5, computeMs + ContentionMs(plan, problem) + 1e-5);
    }

    /// <summary>Products of one row compute for less time than their weights need to arrive; of many rows, for more.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2048, false)]
    public void The_verdict_follows_from_what_computing_can_hide(int rows, bool cannot)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((256, 1024), 40)], rows);
        PlanProblem problem = Problems.WithSlack(graph, PlanPolicy.Overlap, 0.3);
        StreamingVerdict verdict = VerdictMaker.Of(
            PlanMaker.Make(problem), problem, budget => Pose(graph, budget), Problems.Floor(graph, PlanPolicy.Overlap));
        Assert.Equal((cannot, !cannot), (verdict.CannotBeEven, verdict.IsEven));
        Assert.Equal(cannot, !verdict.Waiting.IsEmpty);
        Assert.Equal(cannot, verdict.BreakEvenBytes > problem.BudgetBytes);
    }

    [Fact]
    public void More_memory_never_takes_longer_on_the_front_of_the_curve()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Range(0, 40).Select(i => (256, 512 << (i % 3)))], rows: 16);
        long smallest = Problems.Floor(graph, PlanPolicy.Overlap);
        long resident = Problems.Floor(graph, PlanPolicy.Preload);
        ImmutableArray<OverlapPlan> plans = MemoryLatencyCurve.Of(budget => Pose(graph, budget), smallest, resident, 8, "fast");
        Assert.Equal((smallest, resident, 8), (plans[0].BudgetBytes, plans[^1].BudgetBytes, plans.Length));
        OverlapPlan[] front = [.. MemoryLatencyCurve.Front(plans).OrderBy(plan => plan.PeakBytes)];
        Assert.True(front.Length > 2);
        Assert.All(front.Zip(front.Skip(1)), pair => Assert.True(pair.First.RunMs > pair.Second.RunMs));
        Assert.Equal(VerdictMaker.ResidentMs(Pose(graph, null)), front[^1].RunMs, 1e-5);
    }

    private static PlanProblem Pose(KernelGraph graph, long? budget) =>
        Problems.Create(graph, budget is null ? PlanPolicy.Preload : PlanPolicy.Overlap, budget);

    private static double ContentionMs(OverlapPlan plan, PlanProblem problem)
    {
        var retained = plan.Retained.ToHashSet();
        long streamed = plan.Preloaded.Concat(plan.Steps.SelectMany(step => step.Loads))
            .Where(load => !retained.Contains(load.Chunk)).Sum(load => problem.Chunks[load.Chunk].Bytes);
        return TimelineModel.ContentionMs(problem.Rates, streamed);
    }
}
