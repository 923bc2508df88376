using System.Collections.Immutable;
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

/// <summary>Plans for a device with a texture tier that are wrong in one way must be refused for that reason.</summary>
public class TextureVerifierTests
{
    private static readonly DeviceCapabilities Textures = Problems.Textures with { TextureBlockBytes = 32 * 1024 };
    private static readonly PlanProblem Problem = MakeProblem();
    private static readonly OverlapPlan Plan = PlanMaker.Make(Problem);

    // A move of one streamed chunk that lies in texture memory for some steps, with steps around it.
    private static readonly (int Step, int Position) Chosen = ChooseMove();

    [Fact]
    public void The_plan_itself_is_accepted_and_streams() => Assert.True(
        PlanVerifier.Verify(Plan, Problem).IsEmpty && Plan.Retained.Length > 0 && Plan.Steps.Any(step => !step.Moves.IsEmpty));

    public static TheoryData<string, ViolationKind> Mutations => new()
    {
        { "row staging", ViolationKind.Memory },
        { "arenas above capacity", ViolationKind.Memory },
        { "texture arena misaligned", ViolationKind.Memory },
        { "texture arena negative", ViolationKind.Memory },
        { "texture arena too small", ViolationKind.Range },
        { "unified arena too small", ViolationKind.Range },
        { "no moves", ViolationKind.NotResident },
        { "move dropped", ViolationKind.NotResident },
        { "move after use", ViolationKind.NotResident },
        { "move before load", ViolationKind.Moves },
        { "move twice", ViolationKind.Moves },
        { "move later", ViolationKind.Residency },
        { "move of an unknown chunk", ViolationKind.Entry },
        { "move of a negative chunk", ViolationKind.Entry },
        { "move of no chunks", ViolationKind.Entry },
        { "move of too many chunks", ViolationKind.Entry },
        { "move of another weight", ViolationKind.Moves },
        { "move of a retained and a streamed chunk", ViolationKind.Moves },
        { "target misaligned", ViolationKind.Range },
        { "target negative", ViolationKind.Range },
        { "target beyond the arena", ViolationKind.Range },
        { "target across two textures", ViolationKind.Range },
        { "target on a live chunk", ViolationKind.Overlap },
        { "target on a retained chunk", ViolationKind.Overlap },
        { "carried by its own kernel", ViolationKind.NotResident },
        { "carried beyond capacity", ViolationKind.Moves },
        { "carried by dependent passes", ViolationKind.Moves },
        { "load dropped", ViolationKind.Moves },
        { "load twice", ViolationKind.LoadedTwice },
        { "load of an unknown chunk", ViolationKind.Entry },
        { "staging misaligned", ViolationKind.Range },
        { "staging on a chunk not yet moved", ViolationKind.Overlap },
        { "release too early", ViolationKind.NotResident },
        { "release dropped", ViolationKind.NotReleased },
        { "release of a chunk not moved", ViolationKind.Release },
        { "release of a retained chunk", ViolationKind.Release },
        { "retained forgotten", ViolationKind.NotReleased },
        { "retained added", ViolationKind.Release },
        { "texture bytes", ViolationKind.Residency },
        { "staged bytes", ViolationKind.Residency },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_wrong_plan_is_refused_for_its_fault(string mutation, ViolationKind expected)
    {
        (OverlapPlan plan, PlanProblem problem) = Mutate(mutation);
        ImmutableArray<PlanViolation> violations = PlanVerifier.Verify(plan, problem);
        Assert.Contains(violations, violation => violation.Kind == expected);
        Assert.Throws<VerificationException>(() => PlanVerifier.Require(plan, problem));
    }

    [Theory]
    [InlineData(CarriedMoves.None, "move nothing")]
    [InlineData(CarriedMoves.ToOtherBlocks, "in which its own chunk")]
    public void What_the_devices_kernels_cannot_move_is_refused(CarriedMoves carried, string why)
    {
        // A plan whose kernels carry, for textures so large that everything lies in one.
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 512);
        DeviceCapabilities large = Problems.Textures with { TextureBlockBytes = 1 << 30 };
        PlanProblem problem = Carrying(graph, large);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Empty(PlanVerifier.Verify(plan, problem));
        Assert.Contains(
            PlanVerifier.Verify(plan, problem with { CarriedMoves = carried }),
            violation => violation.Kind == ViolationKind.Moves && violation.Message.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_carries_to_one_texture()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((512, 2048), 32)], rows: 512);
        PlanProblem problem = Carrying(graph, Problems.Textures with { TextureBlockBytes = 1 << 30 });
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.Contains(plan.Steps, step => step.Moves.Where(move => move.Mode == MoveMode.InKernel).Sum(move => move.Count) > 1);

        // Textures of one chunk each.
        PlanProblem small = problem with { TextureBlockBytes = problem.Chunks.Max(chunk => chunk.SlotBytes) };
        Assert.Contains(
            PlanVerifier.Verify(plan, small),
            violation => violation.Kind == ViolationKind.Moves && violation.Message.Contains("two textures", StringComparison.Ordinal));
    }

    private static PlanProblem Carrying(KernelGraph graph, DeviceCapabilities capabilities) => Problems.Create(
        graph,
        PlanPolicy.Overlap,
        Problems.Floor(graph, PlanPolicy.Preload, 1 << 18, capabilities) / 4,
        1 << 18,
        capabilities: capabilities,
        moveMode: MoveMode.InKernel);

    [Fact]
    public void Copies_whose_reads_wait_for_later_copies_are_refused()
    {
        // Everything goes through one slot before step 0, so every read but the first waits for the copy before it.
        KernelGraph graph = Chains.MatMuls([(64, 256), (64, 256), (64, 256)]);
        PlanProblem problem = Problems.Create(
            graph, PlanPolicy.Preload, Problems.Floor(graph, PlanPolicy.Preload, capabilities: Textures), capabilities: Textures);
        OverlapPlan plan = PlanMaker.Make(problem);
        Assert.True(plan.Steps[0].Moves.Length > 2);
        OverlapPlan reversed = With(plan, 0, step => step with { Moves = [.. step.Moves.Reverse()] });
        Assert.Contains(PlanVerifier.Verify(reversed, problem), violation => violation.Kind == ViolationKind.Overlap);
        OverlapPlan swapped = With(plan, 0, step => step with { Moves = step.Moves.SetItem(1, step.Moves[2]).SetItem(2, step.Moves[1]) });
        Assert.Contains(PlanVerifier.Verify(swapped, problem), violation => violation.Kind == ViolationKind.Overlap);
    }

    [Fact]
    public void A_parameters_block_larger_than_the_staging_is_refused()
    {
        PlanProblem problem = Problem with { ParametersBytes = Problem.ParametersBytes + Plan.UnifiedArenaBytes + 4096 };
        Assert.Contains(PlanVerifier.Verify(Plan, problem), violation =>
            violation.Kind == ViolationKind.Memory && violation.Message.Contains("cannot go through", StringComparison.Ordinal));
    }

    [Fact]
    public void A_zero_copy_device_takes_no_texture_arena()
    {
        PlanProblem problem = Problems.WithSlack(Chains.MatMuls([(64, 256)]), PlanPolicy.Overlap, 1);
        OverlapPlan plan = PlanMaker.Make(problem) with { TextureArenaBytes = 4096 };
        Assert.Contains(PlanVerifier.Verify(plan, problem), violation => violation.Kind == ViolationKind.Memory);
    }

    [Property(MaxTest = 200)]
    public void Moving_any_move_to_another_step_is_noticed(NonEmptyArray<int> numbers, byte slack, int which, int distance)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        OverlapPlan plan = PlanMaker.Make(problem);
        int[] moving = [.. Enumerable.Range(0, plan.Steps.Length).Where(t => !plan.Steps[t].Moves.IsEmpty)];
        if (moving.Length == 0)
        {
            return;
        }

        int from = moving[(int)((uint)which % moving.Length)];
        int to = (int)(((uint)distance + (uint)from) % plan.Steps.Length);
        ChunkMove move = plan.Steps[from].Moves[0];
        OverlapPlan moved = With(
            With(plan, from, s => s with { Moves = s.Moves.RemoveAt(0) }), to, s => s with { Moves = s.Moves.Insert(0, move) });
        Assert.Equal(from == to, PlanVerifier.Verify(moved, problem).IsEmpty);
    }

    [Property(MaxTest = 200)]
    public void Any_new_target_is_refused_exactly_when_it_meets_a_live_chunk_or_a_border(
        NonEmptyArray<int> numbers, byte slack, int which, int block)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        OverlapPlan plan = PlanMaker.Make(problem);
        (int Step, int Index)[] moves = [.. plan.Steps.SelectMany((step, t) => step.Moves.Index()
            .Where(move => !problem.Chunks[move.Item.FirstChunk].IsTable).Select(move => (t, move.Index)))];
        if (moves.Length == 0)
        {
            return;
        }

        (int t, int index) = moves[(int)((uint)which % moves.Length)];
        long offset = (uint)block % (plan.TextureArenaBytes / 4096) * 4096;
        OverlapPlan moved = With(
            plan, t, s => s with { Moves = s.Moves.SetItem(index, s.Moves[index] with { Offset = offset }) });
        Assert.Equal(NaiveSpaceIsFine(moved, problem), PlanVerifier.Verify(moved, problem).IsEmpty);
    }

    /// <summary>Every pair of stays in texture memory: either apart in time or apart in space, and all within one texture each.</summary>
    private static bool NaiveSpaceIsFine(OverlapPlan plan, PlanProblem problem)
    {
        var stays = new List<(long Start, long End, int From, int To)>();
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (ChunkMove move in plan.Steps[t].Moves.Where(move => !problem.Chunks[move.FirstChunk].IsTable))
            {
                long offset = move.Offset;
                for (int chunk = move.FirstChunk; chunk < move.FirstChunk + move.Count; chunk++)
                {
                    int release = Enumerable.Range(t, plan.Steps.Length - t)
                        .FirstOrDefault(r => plan.Steps[r].Releases.Contains(chunk), -1);
                    long end = offset + problem.Chunks[chunk].SlotBytes;
                    stays.Add(release < 0 ? (offset, end, 0, int.MaxValue) : (offset, end, t, release));
                    offset = end;
                }
            }
        }

        return stays.All(stay => stay.End <= plan.TextureArenaBytes
                && stay.Start / problem.TextureBlockBytes == (stay.End - 1) / problem.TextureBlockBytes)
            && stays.Index().All(a => stays.Skip(a.Index + 1).All(b =>
                a.Item.End <= b.Start || b.End <= a.Item.Start || a.Item.To < b.From || b.To < a.Item.From));
    }

    private static PlanProblem MakeProblem()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Range(0, 40).Select(i => (64 * (1 + (i % 3)), 32 * (1 + (i % 4))))], rows: 40);
        return Problems.WithSlack(graph, PlanPolicy.Overlap, 0.3, Textures);
    }

    private static (int Step, int Position) ChooseMove()
    {
        for (int t = 2; t < Plan.Steps.Length; t++)
        {
            for (int i = 0; i < Plan.Steps[t].Moves.Length; i++)
            {
                ChunkMove move = Plan.Steps[t].Moves[i];
                int use = Problem.Chunks[move.FirstChunk].FirstStep;
                if (move.Count == 1 && !Plan.Retained.Contains(move.FirstChunk) && use > t && use < Plan.Steps.Length - 1
                    && LoadStep(move.FirstChunk) is > 0)
                {
                    return (t, i);
                }
            }
        }

        throw new InvalidOperationException("the plan has no move to change");
    }

    private static (OverlapPlan Plan, PlanProblem Problem) Mutate(string mutation)
    {
        (int t, int position) = Chosen;
        ChunkMove move = Plan.Steps[t].Moves[position];
        int chunk = move.FirstChunk;
        int use = Problem.Chunks[chunk].FirstStep;
        int load = LoadStep(chunk);
        int retained = Plan.Retained[0];
        long slot = Problem.Chunks[chunk].SlotBytes;
        int loadPosition = Plan.Steps[load].Loads.ToList().FindIndex(l => l.Chunk == chunk);
        return mutation switch
        {
            "row staging" => Of(Plan with { RowStagingBytes = Plan.RowStagingBytes + 4096 }),
            "arenas above capacity" => Of(Plan with
            {
                TextureArenaBytes = Plan.TextureArenaBytes + Problem.ArenaCapacity - Plan.UnifiedArenaBytes,
            }),
            "texture arena misaligned" => Of(Plan with { TextureArenaBytes = Plan.TextureArenaBytes - 1 }),
            "texture arena negative" => Of(Plan with { TextureArenaBytes = -4096 }),
            "texture arena too small" => Of(Plan with { TextureArenaBytes = Plan.TextureArenaBytes - 4096 }),
            "unified arena too small" => Of(Plan with { UnifiedArenaBytes = Plan.UnifiedArenaBytes - 4096 }),
            "no moves" => Of(Plan with { Steps = [.. Plan.Steps.Select(step => step with { Moves = [] })] }),
            "move dropped" => Of(DropMove()),
            "move after use" => Of(AddMove(DropMove(), use + 1, move)),
            "move before load" => Of(AddMove(DropMove(), load - 1, move)),
            "move twice" => Of(AddMove(Plan, t, move)),
            "move later" => Of(AddMove(DropMove(), t + 1, move)),
            "move of an unknown chunk" => Of(SetMove(move with { FirstChunk = Problem.Chunks.Length })),
            "move of a negative chunk" => Of(SetMove(move with { FirstChunk = -1 })),
            "move of no chunks" => Of(SetMove(move with { Count = 0 })),
            "move of too many chunks" => Of(SetMove(move with { Count = int.MaxValue })),
            "move of another weight" => Of(SetMove(move with { Weight = move.Weight + 1 })),
            "move of a retained and a streamed chunk" => Of(SetMove(MixedMove(move))),
            "target misaligned" => Of(SetMove(move with { Offset = move.Offset + 64 })),
            "target negative" => Of(SetMove(move with { Offset = -4096 })),
            "target beyond the arena" => Of(SetMove(move with { Offset = Plan.TextureArenaBytes })),
            "target across two textures" => Crossing(move, slot),
            "target on a live chunk" => Of(SetMove(move with { Offset = LiveNeighbour(t, chunk) })),
            "target on a retained chunk" => Of(SetMove(move with { Offset = TargetOf(retained) })),
            "carried by its own kernel" => Of(AddMove(DropMove(), use, move with { Mode = MoveMode.InKernel })),
            "carried beyond capacity" => (
                SetMove(move with { Mode = MoveMode.InKernel }), With(Problem, t, s => s with { LoadCapacityBytes = 1 })),
            "carried by dependent passes" => (
                SetMove(move with { Mode = MoveMode.InKernel }), With(Problem, t, s => s with { Class = OperatorClass.Hierarchical })),
            "load dropped" => Of(With(Plan, load, s => s with { Loads = s.Loads.RemoveAt(loadPosition) })),
            "load twice" => Of(With(Plan, load, s => s with { Loads = s.Loads.Add(s.Loads[loadPosition]) })),
            "load of an unknown chunk" => Of(SetLoad(load, loadPosition, new ChunkLoad(Problem.Chunks.Length, 0))),
            "staging misaligned" => Of(SetLoad(
                load, loadPosition, new ChunkLoad(chunk, Plan.Steps[load].Loads[loadPosition].Offset + 512))),
            "staging on a chunk not yet moved" => Of(StagedOnNeighbour()),
            "release too early" => Of(MoveRelease(chunk, use, use - 1)),
            "release dropped" => Of(With(Plan, use, s => s with { Releases = s.Releases.Remove(chunk) })),
            "release of a chunk not moved" => Of(With(Plan, t - 1, s => s with { Releases = [.. s.Releases.Add(chunk).Order()] })),
            "release of a retained chunk" => Of(With(Plan, use, s => s with { Releases = [.. s.Releases.Add(retained).Order()] })),
            "retained forgotten" => Of(Plan with { Retained = Plan.Retained.RemoveAt(0) }),
            "retained added" => Of(Plan with { Retained = [.. Plan.Retained.Add(chunk).Order()] }),
            "texture bytes" => Of(With(Plan, 3, s => s with { Resident = s.Resident with { Texture = s.Resident.Texture + 1 } })),
            "staged bytes" => Of(With(Plan, 3, s => s with { Resident = s.Resident with { Unified = s.Resident.Unified - 1 } })),
            _ => throw new ArgumentOutOfRangeException(nameof(mutation), mutation, null),
        };

        OverlapPlan SetMove(ChunkMove changed) => With(Plan, t, s => s with { Moves = s.Moves.SetItem(position, changed) });

        OverlapPlan DropMove() => With(Plan, t, s => s with { Moves = s.Moves.RemoveAt(position) });
    }

    private static (OverlapPlan Plan, PlanProblem Problem) Of(OverlapPlan plan) => (plan, Problem);

    private static OverlapPlan AddMove(OverlapPlan plan, int t, ChunkMove move) => With(plan, t, s => s with { Moves = s.Moves.Add(move) });

    /// <summary>The chunk stays where it lies; the textures are made so small that a border runs through it.</summary>
    private static (OverlapPlan Plan, PlanProblem Problem) Crossing(ChunkMove move, long slot)
    {
        long block = move.Offset + (slot / 2 / 4096 * 4096);
        return (Plan, Problem with { TextureBlockBytes = block == move.Offset ? block + 2048 : block });
    }

    /// <summary>A move that takes the chunk beside it along, which is retained when this one is not.</summary>
    private static ChunkMove MixedMove(ChunkMove move)
    {
        int retained = Plan.Retained.First(chunk => chunk + 1 < Problem.Chunks.Length && !Plan.Retained.Contains(chunk + 1));
        return move with { FirstChunk = retained, Count = 2, Weight = Problem.Chunks[retained].Weight };
    }

    private static OverlapPlan StagedOnNeighbour()
    {
        // Two loads of one step of which neither is moved before the next step.
        for (int t = 0; t < Plan.Steps.Length; t++)
        {
            ImmutableArray<ChunkLoad> loads = Plan.Steps[t].Loads;
            HashSet<int> movedHere = [.. Plan.Steps[t].Moves.SelectMany(move => Enumerable.Range(move.FirstChunk, move.Count))];
            int[] waiting = [.. Enumerable.Range(0, loads.Length).Where(i => !movedHere.Contains(loads[i].Chunk))];
            if (waiting.Length >= 2)
            {
                return SetLoad(t, waiting[1], loads[waiting[1]] with { Offset = loads[waiting[0]].Offset });
            }
        }

        throw new InvalidOperationException("no step stages two chunks for later");
    }

    private static int LoadStep(int chunk) =>
        Enumerable.Range(0, Plan.Steps.Length).FirstOrDefault(t => Plan.Steps[t].Loads.Any(load => load.Chunk == chunk), -1);

    private static long TargetOf(int chunk) => Plan.Steps.SelectMany(step => step.Moves)
        .Where(move => chunk >= move.FirstChunk && chunk < move.FirstChunk + move.Count)
        .Select(move => move.Offset + ((chunk - move.FirstChunk) * Problem.Chunks[chunk].SlotBytes))
        .First();

    private static long LiveNeighbour(int step, int chunk) => TargetOf(Plan.Steps.Take(step + 1)
        .SelectMany(s => s.Moves)
        .Select(move => move.FirstChunk)
        .Last(other => other != chunk && !Plan.Retained.Contains(other) && Problem.Chunks[other].LastStep >= step));

    private static OverlapPlan MoveRelease(int chunk, int from, int to) => With(
        With(Plan, from, s => s with { Releases = s.Releases.Remove(chunk) }),
        to,
        s => s with { Releases = [.. s.Releases.Add(chunk).Order()] });

    private static OverlapPlan SetLoad(int t, int position, ChunkLoad load) =>
        With(Plan, t, s => s with { Loads = s.Loads.SetItem(position, load) });

    private static OverlapPlan With(OverlapPlan plan, int t, Func<PlanStep, PlanStep> change) =>
        plan with { Steps = plan.Steps.SetItem(t, change(plan.Steps[t])) };

    private static PlanProblem With(PlanProblem problem, int t, Func<ProblemStep, ProblemStep> change) =>
        problem with { Steps = problem.Steps.SetItem(t, change(problem.Steps[t])) };
}
