using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Planners.CpSat;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class CpSatPlannerTests
{
    private static readonly KernelGraph Graph = Chains.MatMuls([.. Enumerable.Repeat((128, 256), 12)], rows: 16);

    private static readonly CpSatOptions Short = new() { DeterministicSeconds = 0.2, Refinements = 1 };

    [Property(MaxTest = 30)]
    public void Plans_pass_the_verifier_and_are_never_worse_than_fast_ones(NonEmptyArray<int> numbers, byte slack, bool textures)
    {
        PlanProblem problem = Problems.WithSlack(
            GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, textures ? Problems.Textures : Problems.Capabilities);
        OverlapPlan plan = new CpSatPlanner(new CpSatSolver(), Short).Plan(problem);
        OverlapPlan fast = new FastPlanner().Plan(problem);
        Assert.Empty(PlanVerifier.Verify(plan, problem));
        Assert.True(plan.RunMs <= fast.RunMs + 1e-5);
        Assert.True(plan.Bound <= fast.RunMs + 1e-5, $"a bound of {plan.Bound} ms above a plan of {fast.RunMs} ms");
        Assert.DoesNotContain(plan.Notes, note => note.Contains("INFEASIBLE"));
    }

    [Fact]
    public void Equal_problems_give_equal_files() => Assert.Equal(
        PlanJson.Hash(new CpSatPlanner(new CpSatSolver(), Short).Plan(Problem())),
        PlanJson.Hash(new CpSatPlanner(new CpSatSolver(), Short).Plan(Problem())));

    [Fact]
    public void Notes_survive_the_plan_file()
    {
        OverlapPlan plan = new CpSatPlanner(new CpSatSolver(), Short).Plan(Problem());
        Assert.NotEmpty(plan.Notes);
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        Assert.Equal(plan.Notes, PlanJson.Read(stream.ToArray()).Notes);
    }

    [Fact]
    public void A_missing_library_ends_in_the_fast_plan_with_the_reason()
    {
        OverlapPlan plan = PlanWith(_ => throw new TypeInitializationException("native", new DllNotFoundException("no such library")));
        Assert.Equal("fast", plan.Solver);
        Assert.Contains(plan.Notes, note => IsFallback(note) && note.Contains("no such library"));
    }

    [Theory]
    [InlineData("Infeasible", "INFEASIBLE")]
    [InlineData("Unknown", "no solution")]
    public void Answers_without_a_solution_are_not_trusted(string status, string reason)
    {
        int solves = 0;
        OverlapPlan plan = PlanWith(_ =>
        {
            solves++;
            return new SolverAnswer(Enum.Parse<SolverStatus>(status), [], 0);
        });
        Assert.Equal(2, solves);
        Assert.Equal(3, plan.Notes.Length);
        Assert.All(plan.Notes, note => Assert.StartsWith(OverlapPlan.Fallback, note, StringComparison.Ordinal));
        Assert.Contains(reason, plan.Notes[0]);
        Assert.Equal(new FastPlanner().Plan(Problem()).RunMs, plan.RunMs);
    }

    [Fact]
    public void A_bound_above_a_plan_is_not_trusted()
    {
        OverlapPlan plan = PlanWith(program => new SolverAnswer(SolverStatus.Optimal, program.LeastBlocks, 1e9));
        Assert.Equal(PlanAssembler.Round(LatencyBound.Of(Problem()).RunMs), plan.Bound);
        Assert.Contains(plan.Notes, note => IsFallback(note) && note.Contains("disproves"));
    }

    private static bool IsFallback(string note) => note.StartsWith(OverlapPlan.Fallback, StringComparison.Ordinal);

    private static OverlapPlan PlanWith(Func<RetentionProgram, SolverAnswer> answer)
    {
        PlanProblem problem = Problem();
        OverlapPlan plan = new CpSatPlanner(new FakeSolver(answer), new CpSatOptions()).Plan(problem);
        Assert.Empty(PlanVerifier.Verify(plan, problem));
        return plan;
    }

    private static PlanProblem Problem() => Problems.WithSlack(Graph, PlanPolicy.Overlap, 0.4);

    private sealed class FakeSolver(Func<RetentionProgram, SolverAnswer> answer) : IRetentionSolver
    {
        public SolverAnswer Solve(RetentionProgram program, long[] hint, CpSatOptions options) => answer(program);
    }
}
