using System.Collections.Immutable;
using System.Text;
using FlashMem.Abstractions.Devices;
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

/// <summary>Weights that must be resident before step 0 and between runs.</summary>
public class PinnedWeightTests
{
    private static readonly KernelGraph Chain = Chains.MatMuls([.. Enumerable.Repeat((64, 256), 12)]);

    [Property(MaxTest = 200)]
    public void Every_planner_keeps_what_is_pinned(NonEmptyArray<int> numbers, int chosen, byte slack, bool zeroCopy, bool inKernel)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        ImmutableArray<int> pinned = Choose(graph, chosen);
        MoveMode mode = inKernel && !zeroCopy ? MoveMode.InKernel : MoveMode.CopyQueue;
        IEnumerable<(PlanPolicy, double?)> goals = Enum.GetValues<PlanPolicy>().Select(policy => (policy, (double?)null));
        foreach ((PlanPolicy policy, double? latencySlack) in goals.Append((PlanPolicy.Overlap, 0.1)))
        {
            PlanProblem problem = Pose(graph, policy, pinned, slack / 255.0, Device(zeroCopy), mode) with { LatencySlack = latencySlack };
            OverlapPlan plan = PlannerRegistry.For(policy).Plan(problem);

            Assert.Empty(PlanVerifier.Verify(plan, problem));
            Assert.True(plan.PeakBytes <= problem.BudgetBytes);
            int[] chunks = [.. problem.Chunks.Where(chunk => chunk.IsPinned).Select(chunk => chunk.Id)];
            Assert.Equal(pinned, plan.Pinned);
            Assert.Subset(plan.Retained.ToHashSet(), chunks.ToHashSet());
            Assert.Equal(chunks.Order(), plan.Preloaded.Select(load => load.Chunk).Take(chunks.Length).Order());
            Assert.True(plan.AwaitPreload || chunks.Length == 0);
        }
    }

    [Property]
    public void The_floor_holds_them_and_one_block_less_does_not(NonEmptyArray<int> numbers, int chosen, bool zeroCopy)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        ImmutableArray<int> pinned = Choose(graph, chosen);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            long floor = BudgetFloor.Find(
                graph, WeightFileLayout.Compute(graph, 8192), ActivationLayout.Compute(graph), Problems.Spec(), Device(zeroCopy), policy,
                pinned);
            var error = Assert.Throws<BudgetException>(
                () => Problems.Create(graph, policy, floor - 1, capabilities: Device(zeroCopy), pinned: pinned));
            Assert.Equal(floor, error.SmallestBytes);
        }
    }

    [Fact]
    public void Pinning_more_needs_more_and_reads_less_again()
    {
        ImmutableArray<int> some = [2, 5, 7];
        long floor = Floor(Chain, PlanPolicy.Demand, some, Problems.Capabilities);
        OverlapPlan plan = PlanMaker.Make(Problems.Create(Chain, PlanPolicy.Demand, floor, pinned: some));

        Assert.Equal(3 * 8 * 4096, floor - Floor(Chain, PlanPolicy.Demand, [], Problems.Capabilities));
        Assert.Equal(3 * 4, plan.Retained.Length);
        Assert.All(some, weight => Assert.Empty(plan.Steps.Where(step => step.Kernel == weight).SelectMany(step => step.Loads)));
    }

    [Theory]
    [InlineData(true, "not preloaded")]
    [InlineData(false, "not preloaded")]
    [InlineData(true, "not waited for")]
    [InlineData(false, "not waited for")]
    [InlineData(true, "not retained")]
    [InlineData(false, "moved later")]
    public void A_plan_that_breaks_the_promise_is_refused(bool zeroCopy, string fault)
    {
        PlanProblem problem = Pose(Chain, PlanPolicy.Overlap, [3, 4], 0.2, Device(zeroCopy), MoveMode.CopyQueue);
        OverlapPlan plan = PlanMaker.Make(problem);
        ChunkLoad first = plan.Preloaded[0];
        PlanStep start = plan.Steps[0];
        OverlapPlan broken = fault switch
        {
            "not preloaded" => plan with
            {
                Preloaded = plan.Preloaded.RemoveAt(0),
                Steps = plan.Steps.SetItem(0, start with { Loads = start.Loads.Insert(0, first) }),
            },
            "not waited for" => plan with { AwaitPreload = false },
            "not retained" => plan with { Retained = plan.Retained.Remove(first.Chunk) },
            _ => plan with
            {
                Steps = plan.Steps
                    .SetItem(0, start with { Moves = start.Moves.RemoveAt(0) })
                    .SetItem(1, plan.Steps[1] with { Moves = plan.Steps[1].Moves.Insert(0, start.Moves[0]) }),
            },
        };

        Assert.Contains(PlanVerifier.Verify(broken, problem), violation => violation.Kind == ViolationKind.Pinned);
    }

    [Fact]
    public void A_plan_for_other_pins_is_refused()
    {
        PlanProblem problem = Pose(Chain, PlanPolicy.Overlap, [3, 4], 0.2, Problems.Capabilities, MoveMode.CopyQueue);
        OverlapPlan plan = PlanMaker.Make(problem) with { Pinned = [3] };

        Assert.Contains(PlanVerifier.Verify(plan, problem), violation => violation.Kind == ViolationKind.Identity);
    }

    [Fact]
    public void Plans_record_them_and_those_without_do_not_mention_them()
    {
        OverlapPlan plan = PlanMaker.Make(Pose(Chain, PlanPolicy.Overlap, [3, 4], 0.2, Problems.Capabilities, MoveMode.CopyQueue));
        string text = Text(plan);

        Assert.Contains("\"pinned\": [3,4],\n", text, StringComparison.Ordinal);
        Assert.Equal([3, 4], PlanJson.Read(Encoding.UTF8.GetBytes(text)).Pinned);
        Assert.DoesNotContain("pinned", Text(plan with { Pinned = [] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(7, 2)]
    [InlineData(1, 12)]
    public void Indices_that_do_not_ascend_or_do_not_exist_are_refused(int first, int second)
    {
        var error = Assert.Throws<UsageException>(() => Problems.Create(Chain, PlanPolicy.Overlap, null, pinned: [first, second]));
        Assert.Contains($"{second}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("w3", 3)]
    [InlineData("w1?", 10, 11)]
    [InlineData("*5", 5)]
    [InlineData("op:matmul", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    [InlineData("op:Conv")]
    public void Patterns_name_weights(string pattern, params int[] expected) =>
        Assert.Equal(expected, WeightPatterns.Resolve(Chain, [pattern]));

    [Fact]
    public void Patterns_add_up() => Assert.Equal([1, 10, 11], WeightPatterns.Resolve(Chain, ["w1?", "w1", "w11"]));

    [Theory]
    [InlineData("v3", "w3")]
    [InlineData("W*", "w")]
    [InlineData("op:Convolution", "Conv, Attention")]
    public void A_pattern_that_means_nothing_is_refused_with_what_there_is(string pattern, string named)
    {
        var error = Assert.Throws<UsageException>(() => WeightPatterns.Resolve(Chain, [pattern]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static DeviceCapabilities Device(bool zeroCopy) => zeroCopy ? Problems.Capabilities : Problems.Textures;

    /// <summary>Some of the weights that kernels stream, by the bits of a number.</summary>
    private static ImmutableArray<int> Choose(KernelGraph graph, int chosen) =>
    [
        .. graph.Weights.Where(weight => weight.Storage is not RowWeight && ((chosen >> (weight.Id % 32)) & 1) != 0)
            .Select(weight => weight.Id),
    ];

    private static PlanProblem Pose(
        KernelGraph graph, PlanPolicy policy, ImmutableArray<int> pinned, double slack, DeviceCapabilities capabilities, MoveMode mode)
    {
        long floor = Floor(graph, policy, pinned, capabilities);
        long full = Math.Max(floor, Floor(graph, PlanPolicy.Preload, pinned, capabilities));
        return Problems.Create(
            graph, policy, floor + (long)((full - floor) * slack), capabilities: capabilities, moveMode: mode, pinned: pinned);
    }

    private static long Floor(KernelGraph graph, PlanPolicy policy, ImmutableArray<int> pinned, DeviceCapabilities capabilities) =>
        BudgetFloor.Bytes(
            graph, WeightFileLayout.Compute(graph, 8192), ActivationLayout.Compute(graph), capabilities, policy, pinned);

    private static string Text(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
