using System.Text;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Planning for devices that move chunks to a texture tier.</summary>
public class TexturePlannerTests
{
    private static readonly DeviceCapabilities Textures = Problems.Textures;

    [Property(MaxTest = 200)]
    public void Every_plan_passes_the_verifier(NonEmptyArray<int> numbers, byte slack, CarriedMoves carried)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        MoveMode mode = carried == CarriedMoves.None ? MoveMode.CopyQueue : MoveMode.InKernel;
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            PlanProblem problem = Problems.WithSlack(graph, policy, slack / 255.0, Textures with { CarriedMoves = carried }, mode);
            OverlapPlan plan = PlannerRegistry.For(policy).Plan(problem);
            Assert.Empty(PlanVerifier.Verify(plan, problem));
            Assert.True(plan.PeakBytes <= problem.BudgetBytes);
            Assert.Equal(
                problem.Chunks.Any(chunk => !chunk.Uses.IsEmpty), plan.Steps.Any(step => !step.Moves.IsEmpty));
        }
    }

    [Property]
    public void The_floor_works_and_one_block_less_does_not(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            long floor = BudgetFloor.Find(
                graph, WeightFileLayout.Compute(graph, 8192), ActivationLayout.Compute(graph), Problems.Spec(), Textures, policy);
            Assert.Equal(0, floor % 4096);
            var error = Assert.Throws<BudgetException>(() => Problems.Create(graph, policy, floor - 1, capabilities: Textures));
            Assert.Equal(floor, error.SmallestBytes);
            Assert.Contains($"({floor} bytes)", error.Message);
        }
    }

    [Property]
    public void Equal_problems_give_equal_files(NonEmptyArray<int> numbers, byte slack)
    {
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            string Make() => Text(PlanMaker.Make(
                Problems.WithSlack(GraphRecipe.Build(numbers.Get), policy, slack / 255.0, Textures, MoveMode.InKernel)));
            Assert.Equal(Make(), Make());
        }
    }

    [Property(MaxTest = 200)]
    public void Overlap_is_never_predicted_slower_than_demand_nor_faster_than_the_bound(NonEmptyArray<int> numbers, byte slack)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        PlanProblem problem = Problems.WithSlack(graph, PlanPolicy.Overlap, slack / 255.0, Textures);
        OverlapPlan overlap = PlanMaker.Make(problem);
        OverlapPlan demand = PlanMaker.Make(Problems.WithSlack(graph, PlanPolicy.Demand, slack / 255.0, Textures));
        Assert.True(overlap.RunMs <= demand.RunMs + 1e-5, $"{overlap.RunMs} against {demand.RunMs}");
        Assert.True(overlap.FirstRunMs >= PlanBound.FirstRun(problem).LowerBoundMs - 1e-5);
        Assert.True(overlap.RunMs >= PlanBound.RepeatedRun(problem).LowerBoundMs - 1e-5);
        Assert.InRange(overlap.Gap!.Value, 0, 1);
    }

    [Property]
    public void Without_a_budget_everything_stays(NonEmptyArray<int> numbers, bool preload)
    {
        PlanPolicy policy = preload ? PlanPolicy.Preload : PlanPolicy.Overlap;
        PlanProblem problem = Problems.Create(GraphRecipe.Build(numbers.Get), policy, null, capabilities: Textures);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Equal(preload, plan.AwaitPreload);
        Assert.Equal(problem.Chunks.Where(chunk => !chunk.Uses.IsEmpty).Select(chunk => chunk.Id), plan.Retained);
        Assert.All(plan.Steps.Skip(1), step => Assert.True(step.Loads.IsEmpty && step.Moves.IsEmpty));
    }

    [Fact]
    public void Preloading_stages_through_less_memory_than_it_loads()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((64, 256), 40)]);
        PlanProblem problem = Problems.Create(
            graph, PlanPolicy.Preload, Problems.Floor(graph, PlanPolicy.Preload, capabilities: Textures), capabilities: Textures);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Equal(problem.Chunks.Max(chunk => chunk.SlotBytes), plan.UnifiedArenaBytes);
        Assert.Equal(problem.Chunks.Sum(chunk => chunk.SlotBytes), plan.TextureArenaBytes);
    }

    [Fact]
    public void Chunks_of_a_step_lie_in_a_row()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((64, 256), 60)]);
        DeviceCapabilities large = Textures with { TextureBlockBytes = 1 << 30 };
        long budget = Problems.Floor(graph, PlanPolicy.Preload, capabilities: large) / 3;
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, budget, capabilities: large);
        OverlapPlan plan = PlanMaker.Make(problem);
        var offsets = new long[problem.Chunks.Length];
        foreach (ChunkMove move in plan.Steps.SelectMany(step => step.Moves))
        {
            for (int i = 0; i < move.Count; i++)
            {
                offsets[move.FirstChunk + i] = move.Offset + (i * problem.Chunks[move.FirstChunk].SlotBytes);
            }
        }

        // At most one break in a step: between what stays and what streams.
        HashSet<int> retained = [.. plan.Retained];
        Assert.NotEmpty(retained);
        Assert.All(problem.Steps, step => Assert.DoesNotContain(step.Chunks.Zip(step.Chunks.Skip(1)), pair =>
            offsets[pair.Second] != offsets[pair.First] + problem.Chunks[pair.First].SlotBytes
            && retained.Contains(pair.First) == retained.Contains(pair.Second)));
    }

    [Fact]
    public void Storage_link_and_compute_overlap()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 128);
        DeviceCapabilities large = Textures with { TextureBlockBytes = 1 << 24 };
        long budget = Problems.Floor(graph, PlanPolicy.Preload, 1 << 18, large) / 4;
        OverlapPlan overlap = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Overlap, budget, 1 << 18, capabilities: large));
        OverlapPlan demand = PlanMaker.Make(Problems.Create(graph, PlanPolicy.Demand, budget, 1 << 18, capabilities: large));
        Assert.True(overlap.Gap < 0.1, $"gap {overlap.Gap}");
        Assert.True(overlap.RunMs < 0.75 * demand.RunMs, $"{overlap.RunMs} against {demand.RunMs} ms");
    }

    [Fact]
    public void Kernels_carry_moves_when_asked_to()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 512);
        DeviceCapabilities large = Textures with { TextureBlockBytes = 1 << 24 };
        long budget = Problems.Floor(graph, PlanPolicy.Preload, 1 << 18, large) / 4;
        PlanProblem problem = Problems.Create(
            graph, PlanPolicy.Overlap, budget, 1 << 18, capabilities: large, moveMode: MoveMode.InKernel);
        OverlapPlan plan = PlanMaker.Make(problem);
        int carried = plan.Steps.Sum(step => step.Moves.Where(move => move.Mode == MoveMode.InKernel).Sum(move => move.Count));
        int streamed = problem.Chunks.Length - plan.Retained.Length;
        Assert.True(carried > streamed / 2, $"{carried} of {streamed} streamed chunks are carried by kernels");
        Assert.All(
            PlanMaker.Make(problem with { MoveMode = MoveMode.CopyQueue }).Steps.SelectMany(step => step.Moves),
            move => Assert.Equal(MoveMode.CopyQueue, move.Mode));
    }

    [Fact]
    public void A_kernel_that_cannot_write_what_it_reads_carries_to_other_textures()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 512);
        DeviceCapabilities small = Textures with { TextureBlockBytes = 1 << 20, CarriedMoves = CarriedMoves.ToOtherBlocks };
        long budget = Problems.Floor(graph, PlanPolicy.Preload, 1 << 18, small) / 4;
        PlanProblem problem = Problems.Create(
            graph, PlanPolicy.Overlap, budget, 1 << 18, capabilities: small, moveMode: MoveMode.InKernel);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Contains(plan.Steps.SelectMany(step => step.Moves), move => move.Mode == MoveMode.InKernel);
        Assert.Empty(PlanVerifier.Verify(plan, problem));

        // One texture for everything: no kernel that reads a weight may carry.
        PlanProblem one = Problems.Create(
            graph,
            PlanPolicy.Overlap,
            budget,
            1 << 18,
            capabilities: small with { TextureBlockBytes = 1 << 30 },
            moveMode: MoveMode.InKernel);
        Assert.DoesNotContain(PlanMaker.Make(one).Steps.SelectMany(step => step.Moves), move => move.Mode == MoveMode.InKernel);
    }

    [Fact]
    public void A_device_whose_kernels_move_nothing_has_no_such_mode()
    {
        KernelGraph graph = Chains.MatMuls([(64, 256)]);
        DeviceCapabilities none = Textures with { CarriedMoves = CarriedMoves.None };
        var error = Assert.Throws<UsageException>(() =>
            Problems.Create(graph, PlanPolicy.Overlap, null, capabilities: none, moveMode: MoveMode.InKernel));
        Assert.Contains("copyQueue", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_kernels_that_carry_have_a_load_capacity()
    {
        PlanProblem problem = Problems.Create(GraphRecipe.Build([.. Enumerable.Range(0, 60)]), PlanPolicy.Overlap, null, capabilities: Textures);
        Assert.Contains(problem.Steps, step => step.LoadCapacityBytes > 0);
        Assert.All(problem.Steps.Where(step => step.LoadCapacityBytes > 0), step => Assert.Contains(
            step.Family, (KernelFamily[])[KernelFamily.MatMul, KernelFamily.Conv, KernelFamily.Elementwise]));
    }

    [Fact]
    public void A_chunk_that_no_texture_holds_is_refused()
    {
        KernelGraph graph = Chains.MatMuls([(4096, 64)]);
        var error = Assert.Throws<UsageException>(() => Problems.Create(graph, PlanPolicy.Overlap, null, capabilities: Textures));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_are_cut_to_what_the_textures_hold()
    {
        KernelGraph graph = Chains.MatMuls([(512, 16_384)]);
        DeviceCapabilities large = Textures with { TextureBlockBytes = 1 << 24 };
        long floor = Problems.Floor(graph, PlanPolicy.Overlap, 1 << 20, large);
        PlanProblem problem = Problems.Create(graph, PlanPolicy.Overlap, floor, 1 << 20, capabilities: large);
        Assert.Equal(16, problem.Steps.Length);
        Assert.Equal(16_384 / 32, problem.Steps.Sum(step => step.Panels.Count));
        Assert.Empty(PlanVerifier.Verify(PlanMaker.Make(problem), problem));
    }

    [Property]
    public void Kernels_of_dependent_passes_carry_nothing(NonEmptyArray<int> numbers, byte slack)
    {
        PlanProblem problem = Problems.WithSlack(
            GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Textures, MoveMode.InKernel);
        problem = problem with
        {
            Steps = [.. problem.Steps.Select(step => step with { Class = OperatorClass.Hierarchical, LoadCapacityBytes = 0 })],
        };
        Assert.All(
            PlanMaker.Make(problem).Steps.SelectMany(step => step.Moves), move => Assert.Equal(MoveMode.CopyQueue, move.Mode));
    }

    private static string Text(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
