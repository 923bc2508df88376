using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verdicts;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Predicted runs on devices whose reads and kernels slow each other.</summary>
public class SharedTimelineTests
{
    private const double ToleranceMs = 1e-6;

    [Property(MaxTest = 150)]
    public void Without_interference_it_is_the_plain_timeline(NonEmptyArray<int> numbers, byte slack)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        PlanProblem plain = problem with { Rates = problem.Rates with { MemoryBytesPerSecond = 1e30 } };
        PlanProblem shared = Beside(plain, new ReadInterference(1, 1, 0));
        OverlapPlan plan = PlanMaker.Make(plain, "greedy");
        Schedule schedule = PlanSchedule.Of(plan, plain);
        AssertSame(
            new TimelineModel(plain).FirstRun(schedule, plan.AwaitPreload), new TimelineModel(shared).FirstRun(schedule, plan.AwaitPreload));
        AssertSame(
            new TimelineModel(plain).RepeatedRun(schedule, plan.AwaitPreload),
            new TimelineModel(shared).RepeatedRun(schedule, plan.AwaitPreload));
    }

    [Property(MaxTest = 100)]
    public void Plans_are_valid_and_none_beats_the_bound(NonEmptyArray<int> numbers, byte slack, byte kernels, byte reads, byte wake)
    {
        var interference = new ReadInterference(1 + (kernels / 64.0), 1 + (reads / 64.0), wake / 1e4);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            PlanProblem problem = Beside(Problems.WithSlack(GraphRecipe.Build(numbers.Get), policy, slack / 255.0), interference);
            OverlapPlan plan = PlanMaker.Make(problem);
            PlanVerifier.Require(plan, problem);
            Assert.True(LatencyBound.Of(problem).RunMs <= plan.RunMs + ToleranceMs, $"{policy}: {plan.RunMs} ms");
        }
    }

    /// <summary>A read of one time unit is hidden under a kernel of ten: it takes r units, in which the kernel does r / k.</summary>
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(2.5, 1.9, 0)]
    [InlineData(2.5, 1.9, 0.125)]
    public void A_hidden_read_costs_what_the_kernel_does_not_do_meanwhile(double k, double r, double wake)
    {
        KernelGraph graph = Chains.MatMuls([(256, 256), (256, 256)], 1);
        const int whole = 1 << 20;
        PlanProblem problem = Beside(
            Problems.Create(graph, PlanPolicy.Overlap, Problems.Floor(graph, PlanPolicy.Preload, whole), whole),
            new ReadInterference(k, r, wake));
        long bytes = problem.Chunks[0].Bytes;
        problem = problem with
        {
            ParametersBytes = 0,
            Rates = problem.Rates with { StorageBytesPerSecond = bytes * 1e3, StorageLatencyMs = 0 },
            Steps = [.. problem.Steps.Select(step => step with { ComputeMs = 10 })],
        };
        Assert.Equal([1, 1], problem.Steps.Select(step => step.Chunks.Length));
        var chunks = ChunkDemand.Of(problem, new bool[problem.Chunks.Length], 0);
        var schedule = new Schedule([.. chunks.Select(demand => new PlacedLoad(demand, 0, 0, false))], 0);

        RunTimeline run = new TimelineModel(problem).FirstRun(schedule, awaitAll: false);

        double hidden = r + wake - (r / k);
        Assert.Equal(1 + 10 + hidden, run.StartMs[1], ToleranceMs);
        Assert.Equal(run.StartMs[1] + 10, run.TotalMs, ToleranceMs);
        Assert.Equal(1, run.StallMs, ToleranceMs);
        Assert.Equal([0, 1], run.ReadMs);
    }

    [Fact]
    public void Where_hiding_a_read_costs_as_much_as_waiting_for_it_planning_gains_nothing()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((1024, 1024), 40)], 256);
        long room = Problems.Floor(graph, PlanPolicy.Overlap) + (2 << 20);
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, room);
        problem = problem with { Rates = problem.Rates with { StorageLatencyMs = 0, MemoryBytesPerSecond = 1e30 } };
        double DemandOverPlan(ReadInterference interference)
        {
            PlanProblem beside = Beside(problem, interference);
            return PlanMaker.Make(beside with { Policy = PlanPolicy.Demand }).RunMs / PlanMaker.Make(beside).RunMs;
        }

        // Beside a read of time R the kernel loses 1.5 R (1 - 1 / 3) = R.
        Assert.InRange(DemandOverPlan(new ReadInterference(1, 1, 0)), 1.2, 2);
        Assert.InRange(DemandOverPlan(new ReadInterference(3, 1.5, 0)), 1, 1.03);
        Assert.InRange(DemandOverPlan(new ReadInterference(4, 2, 0)), 1, 1.03);
    }

    private static PlanProblem Beside(PlanProblem problem, ReadInterference interference) =>
        problem with { Steps = [.. problem.Steps.Select(step => step with { BesideReads = interference })] };

    private static void AssertSame(RunTimeline expected, RunTimeline actual)
    {
        Assert.Equal(expected.TotalMs, actual.TotalMs, ToleranceMs);
        Assert.Equal(expected.StallMs, actual.StallMs, ToleranceMs);
        Assert.All(expected.StartMs.Zip(actual.StartMs), pair => Assert.Equal(pair.First, pair.Second, ToleranceMs));
        Assert.All(expected.ReadMs.Zip(actual.ReadMs), pair => Assert.Equal(pair.First, pair.Second, ToleranceMs));
    }
}
