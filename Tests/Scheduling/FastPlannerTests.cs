using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class FastPlannerTests
{
    [Property(MaxTest = 200)]
    public void Plans_pass_the_verifier_and_are_never_worse_than_greedy_ones(
        NonEmptyArray<int> numbers, byte slack, bool textures, bool inKernel)
    {
        PlanProblem problem = Problems.WithSlack(
            GraphRecipe.Build(numbers.Get),
            PlanPolicy.Overlap,
            slack / 255.0,
            textures ? Problems.Textures : Problems.Capabilities,
            textures && inKernel ? MoveMode.InKernel : MoveMode.CopyQueue);
        OverlapPlan fast = new FastPlanner().Plan(problem);
        Assert.Empty(PlanVerifier.Verify(fast, problem));
        Assert.True(fast.RunMs <= new GreedyOverlapPlanner().Plan(problem).RunMs + 1e-5);
        Assert.Equal(PlanJson.Hash(fast), PlanJson.Hash(new FastPlanner().Plan(problem)));
    }

    /// <summary>Long chains of large products with little room: all that stays and all that streams matters.</summary>
    [Theory]
    [InlineData(false, 4)]
    [InlineData(false, 10)]
    [InlineData(true, 4)]
    [InlineData(true, 10)]
    public void Chains_are_planned_close_to_the_bound(bool textures, int share)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Range(0, 64).Select(i => (256, 1024 << (i % 3)))], rows: 64);
        DeviceCapabilities capabilities = textures ? Problems.Textures with { TextureBlockBytes = 1 << 22 } : Problems.Capabilities;
        long all = Problems.Floor(graph, PlanPolicy.Preload, 1 << 16, capabilities);
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, all / share, 1 << 16, capabilities: capabilities);
        OverlapPlan plan = PlanMaker.Make(problem, "fast");
        Assert.InRange(plan.Gap!.Value, 0, 0.05);
    }

    [Property(MaxTest = 200)]
    public void Rounding_keeps_what_was_asked_for_within_a_chunk(NonEmptyArray<int> numbers, byte slack, byte part)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        var bytes = new double[problem.Steps.Length];
        foreach (ProblemChunk chunk in problem.Chunks.Where(chunk => !chunk.Uses.IsEmpty))
        {
            bytes[chunk.FirstStep] += chunk.SlotBytes * (part / 255.0);
        }

        bool[] retained = RetainedRounding.Of(problem, bytes, keepTables: true);
        long kept = problem.Chunks.Sum(chunk => retained[chunk.Id] ? chunk.SlotBytes : 0);
        long largest = problem.Chunks.Select(chunk => chunk.SlotBytes).DefaultIfEmpty().Max();
        Assert.InRange(kept, bytes.Sum() - largest, bytes.Sum() + largest);
    }
}
