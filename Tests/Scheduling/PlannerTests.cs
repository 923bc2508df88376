using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class PlannerTests
{
    [Property(MaxTest = 200)]
    public void Every_plan_passes_the_verifier(NonEmptyArray<int> numbers, byte slack)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            PlanProblem problem = Problems.WithSlack(graph, policy, slack / 255.0);
            OverlapPlan plan = PlannerRegistry.For(policy).Plan(problem);
            Assert.Empty(PlanVerifier.Verify(plan, problem));
            Assert.True(plan.PeakBytes <= problem.BudgetBytes);
        }
    }

    [Property]
    public void The_floor_works_and_one_block_less_does_not(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            long floor = BudgetFloor.Find(
                graph, WeightFileLayout.Compute(graph, 8192), ActivationLayout.Compute(graph), Problems.Spec(), Problems.Capabilities,
                policy);
            Assert.Equal(0, floor % 4096);
            var error = Assert.Throws<BudgetException>(() => Problems.Create(graph, policy, floor - 1));
            Assert.Equal(floor, error.SmallestBytes);
            Assert.Contains($"({floor} bytes)", error.Message);
        }
    }

    [Property]
    public void Equal_problems_give_equal_files(NonEmptyArray<int> numbers, byte slack)
    {
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            string first = Text(PlanMaker.Make(Problems.WithSlack(GraphRecipe.Build(numbers.Get), policy, slack / 255.0)));
            string second = Text(PlanMaker.Make(Problems.WithSlack(GraphRecipe.Build(numbers.Get), policy, slack / 255.0)));
            Assert.Equal(first, second);
        }
    }

    [Property(MaxTest = 200)]
    public void Overlap_is_never_predicted_slower_than_demand(NonEmptyArray<int> numbers, byte slack)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        OverlapPlan overlap = PlanMaker.Make(Problems.WithSlack(graph, PlanPolicy.Overlap, slack / 255.0));
        OverlapPlan demand = PlanMaker.Make(Problems.WithSlack(graph, PlanPolicy.Demand, slack / 255.0));
        Assert.True(overlap.RunMs <= demand.RunMs + 1e-5, $"{overlap.RunMs} against {demand.RunMs}");
        Assert.True(overlap.FirstRunMs <= demand.FirstRunMs + 1e-5, $"{overlap.FirstRunMs} against {demand.FirstRunMs}");
    }

    [Property]
    public void No_prediction_beats_the_bound(NonEmptyArray<int> numbers, byte slack)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        PlanProblem problem = Problems.WithSlack(graph, PlanPolicy.Overlap, slack / 255.0);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.True(plan.FirstRunMs >= PlanBound.FirstRun(problem).LowerBoundMs - 1e-5);
        Assert.True(plan.RunMs >= PlanBound.RepeatedRun(problem).LowerBoundMs - 1e-5);
        Assert.InRange(plan.Gap!.Value, 0, 1);
    }

    [Property]
    public void Preload_reads_everything_first_and_never_stalls_after(NonEmptyArray<int> numbers)
    {
        PlanProblem problem = Problems.Create(GraphRecipe.Build(numbers.Get), PlanPolicy.Preload, null);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.True(plan.AwaitPreload);
        Assert.Equal(problem.Chunks.Where(chunk => !chunk.Uses.IsEmpty).Select(chunk => chunk.Id), plan.Retained);
        Assert.All(plan.Steps, step => Assert.Empty(step.Loads));
        foreach (ProblemStep step in problem.Steps.Skip(1).Where(step => step.FetchBytes == 0))
        {
            Assert.Equal(plan.Steps[step.Index - 1].EndMs, plan.Steps[step.Index].StartMs);
        }
    }

    [Property]
    public void Without_a_budget_everything_stays(NonEmptyArray<int> numbers)
    {
        PlanProblem problem = Problems.Create(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, null);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Null(plan.BudgetBytes);
        Assert.Equal(problem.Chunks.Count(chunk => !chunk.Uses.IsEmpty), plan.Preloaded.Length);
        Assert.Equal(plan.Preloaded.Select(load => load.Chunk).Order(), plan.Retained);
    }

    [Fact]
    public void A_large_weight_is_sliced_so_that_the_budget_can_be_far_below_it()
    {
        KernelGraph graph = Chains.MatMuls([(1024, 8192)]);
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, Problems.Floor(graph, PlanPolicy.Overlap, 1 << 20), 1 << 20);
        Assert.Equal(1 << 20, problem.ArenaCapacity);
        Assert.Equal(16, problem.Steps.Length);
        Assert.Equal(8192 / 32, problem.Steps.Sum(step => step.Panels.Count));
        Assert.Empty(PlanVerifier.Verify(PlanMaker.Make(problem), problem));
    }

    [Fact]
    public void Storage_and_compute_overlap_when_the_window_allows()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 128);
        long budget = Problems.Floor(graph, PlanPolicy.Preload, 1 << 18) / 4;
        OverlapPlan overlap = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Overlap, budget, 1 << 18));
        OverlapPlan demand = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Demand, budget, 1 << 18));
        Assert.True(overlap.Gap < 0.1, $"gap {overlap.Gap}");
        Assert.True(overlap.RunMs < 0.75 * demand.RunMs, $"{overlap.RunMs} against {demand.RunMs} ms");
    }

    [Fact]
    public void Next_reads_one_step_ahead_and_demand_none()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((128, 32), 6)]);
        OverlapPlan next = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Next, null));
        OverlapPlan demand = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Demand, null));
        Assert.Equal([1, 1, 1, 1, 1, 0], next.Steps.Select(step => step.Loads.Length));
        Assert.Equal([0, 1, 1, 1, 1, 1], demand.Steps.Select(step => step.Loads.Length));
        Assert.Single(demand.Preloaded);
    }

    [Fact]
    public void Solvers_that_are_not_there_are_refused()
    {
        var error = Assert.Throws<UsageException>(() => PlannerRegistry.For(PlanPolicy.Overlap, "magic"));
        Assert.Contains("magic", error.Message);
    }

    private static string Text(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
