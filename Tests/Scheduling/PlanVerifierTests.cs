using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Plans that are wrong in one way must be refused for that reason.</summary>
public class PlanVerifierTests
{
    private static readonly PlanProblem Problem = MakeProblem();
    private static readonly OverlapPlan Plan = PlanMaker.Make(Problem);

    [Fact]
    public void The_plan_itself_is_accepted_and_streams() => Assert.True(
        PlanVerifier.Verify(Plan, Problem).IsEmpty && Plan.Retained.Length > 0 && Plan.Steps.Any(step => !step.Loads.IsEmpty));

    public static TheoryData<string, ViolationKind> Mutations => new()
    {
        { "model hash", ViolationKind.Identity },
        { "layout hash", ViolationKind.Identity },
        { "weight file hash", ViolationKind.Identity },
        { "device hash", ViolationKind.Identity },
        { "policy", ViolationKind.Identity },
        { "budget", ViolationKind.Identity },
        { "chunk bytes", ViolationKind.Identity },
        { "parameters", ViolationKind.Memory },
        { "activations", ViolationKind.Memory },
        { "workspace", ViolationKind.Memory },
        { "arena above capacity", ViolationKind.Memory },
        { "arena misaligned", ViolationKind.Memory },
        { "arena too small", ViolationKind.Range },
        { "step dropped", ViolationKind.Steps },
        { "panels", ViolationKind.Steps },
        { "steps swapped", ViolationKind.Steps },
        { "unknown chunk", ViolationKind.Entry },
        { "negative chunk", ViolationKind.Entry },
        { "load dropped", ViolationKind.NotResident },
        { "load after use", ViolationKind.NotResident },
        { "load later", ViolationKind.Residency },
        { "load earlier", ViolationKind.Residency },
        { "load twice", ViolationKind.LoadedTwice },
        { "offset misaligned", ViolationKind.Range },
        { "offset beyond arena", ViolationKind.Range },
        { "offset negative", ViolationKind.Range },
        { "offset on a neighbour", ViolationKind.Overlap },
        { "offset on a retained chunk", ViolationKind.Overlap },
        { "release too early", ViolationKind.NotResident },
        { "release later", ViolationKind.Residency },
        { "release dropped", ViolationKind.NotReleased },
        { "release twice", ViolationKind.Entry },
        { "release of a retained chunk", ViolationKind.Release },
        { "release of an absent chunk", ViolationKind.Release },
        { "retained forgotten", ViolationKind.NotReleased },
        { "retained added", ViolationKind.Release },
        { "retained unsorted", ViolationKind.Entry },
        { "retained unknown", ViolationKind.Entry },
        { "resident bytes", ViolationKind.Residency },
        { "moves on zero copy", ViolationKind.Moves },
        { "time backwards", ViolationKind.Times },
        { "time not a number", ViolationKind.Times },
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void A_wrong_plan_is_refused_for_its_fault(string mutation, ViolationKind expected)
    {
        ImmutableArray<PlanViolation> violations = PlanVerifier.Verify(Mutate(mutation), Problem);
        Assert.Contains(violations, violation => violation.Kind == expected);
        Assert.Throws<VerificationException>(() => PlanVerifier.Require(Mutate(mutation), Problem));
    }

    [Property(MaxTest = 200)]
    public void Moving_any_load_or_release_by_any_distance_is_noticed(NonEmptyArray<int> numbers, byte slack, int which, int distance)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        OverlapPlan plan = PlanMaker.Make(problem);
        int[] movable = [.. Enumerable.Range(0, plan.Steps.Length)
            .Where(t => !plan.Steps[t].Loads.IsEmpty || !plan.Steps[t].Releases.IsEmpty)];
        if (movable.Length == 0)
        {
            return;
        }

        int from = movable[(int)((uint)which % movable.Length)];
        int to = (int)(((uint)distance + (uint)from) % plan.Steps.Length);
        PlanStep source = plan.Steps[from];
        OverlapPlan moved = !source.Loads.IsEmpty
            ? With(With(plan, from, s => s with { Loads = s.Loads.RemoveAt(0) }), to, s => s with { Loads = s.Loads.Add(source.Loads[0]) })
            : With(With(plan, from, s => s with { Releases = s.Releases.RemoveAt(0) }), to, s => s with
            {
                Releases = [.. s.Releases.Add(source.Releases[0]).Order()],
            });
        Assert.Equal(from == to, PlanVerifier.Verify(moved, problem).IsEmpty);
    }

    [Property]
    public void Any_new_offset_is_refused_exactly_when_it_meets_a_live_chunk(NonEmptyArray<int> numbers, byte slack, int which, int block)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);
        OverlapPlan plan = PlanMaker.Make(problem);
        int[] loading = [.. Enumerable.Range(0, plan.Steps.Length).Where(t => !plan.Steps[t].Loads.IsEmpty)];
        if (loading.Length == 0)
        {
            return;
        }

        int t = loading[(int)((uint)which % loading.Length)];
        long offset = (uint)block % (plan.UnifiedArenaBytes / 4096) * 4096;
        OverlapPlan moved = With(plan, t, s => s with { Loads = s.Loads.SetItem(0, s.Loads[0] with { Offset = offset }) });
        Assert.Equal(NaiveSpaceIsFine(moved, problem), PlanVerifier.Verify(moved, problem).IsEmpty);
    }

    /// <summary>Every pair of residencies: either apart in time or apart in space, and all inside the arena.</summary>
    private static bool NaiveSpaceIsFine(OverlapPlan plan, PlanProblem problem)
    {
        var stays = new List<(long Start, long End, int From, int To)>();
        var loads = plan.Preloaded.Select(load => (Load: load, Step: 0))
            .Concat(plan.Steps.SelectMany((step, t) => step.Loads.Select(load => (load, t))));
        foreach ((ChunkLoad load, int step) in loads)
        {
            int release = Enumerable.Range(step, plan.Steps.Length - step)
                .FirstOrDefault(t => plan.Steps[t].Releases.Contains(load.Chunk), -1);
            long end = load.Offset + problem.Chunks[load.Chunk].SlotBytes;
            stays.Add(release < 0 ? (load.Offset, end, 0, int.MaxValue) : (load.Offset, end, step, release));
        }

        return stays.All(stay => stay.End <= plan.UnifiedArenaBytes)
            && stays.Index().All(a => stays.Skip(a.Index + 1).All(b =>
                a.Item.End <= b.Start || b.End <= a.Item.Start || a.Item.To < b.From || b.To < a.Item.From));
    }

    private static PlanProblem MakeProblem()
    {
        var graph = Chains.MatMuls([.. Enumerable.Range(0, 40).Select(i => (64 * (1 + (i % 3)), 32 * (1 + (i % 4))))], rows: 40);
        return Problems.WithSlack(graph, PlanPolicy.Overlap, 0.3);
    }

    private static OverlapPlan Mutate(string mutation)
    {
        int loading = Enumerable.Range(3, Plan.Steps.Length - 6).First(t => FirstStreamed(t) is { } load && LastUse(load.Chunk) > t);
        ChunkLoad load = FirstStreamed(loading)!.Value;
        int position = Plan.Steps[loading].Loads.IndexOf(load);
        int use = LastUse(load.Chunk);
        int retained = Plan.Retained[0];
        return mutation switch
        {
            "model hash" => Plan with { ModelHash = "other" },
            "layout hash" => Plan with { LayoutHash = "other" },
            "weight file hash" => Plan with { WeightFileHash = "other" },
            "device hash" => Plan with { DeviceSpecHash = "other" },
            "policy" => Plan with { Policy = PlanPolicy.Demand },
            "budget" => Plan with { BudgetBytes = Plan.BudgetBytes + 1 },
            "chunk bytes" => Plan with { ChunkBytes = 1 },
            "parameters" => Plan with { ParametersBytes = Plan.ParametersBytes + 4096 },
            "activations" => Plan with { ActivationBytes = 0 },
            "workspace" => Plan with { WorkspaceBytes = 0 },
            "arena above capacity" => Plan with { UnifiedArenaBytes = Problem.ArenaCapacity + 4096 },
            "arena misaligned" => Plan with { UnifiedArenaBytes = Plan.UnifiedArenaBytes - 1 },
            "arena too small" => Plan with { UnifiedArenaBytes = Plan.UnifiedArenaBytes - 4096 },
            "step dropped" => Plan with { Steps = Plan.Steps.RemoveAt(Plan.Steps.Length - 1) },
            "panels" => With(Plan, 0, s => s with { Panels = new PanelRange(s.Panels.Start, s.Panels.Count - 1) }),
            "steps swapped" => Plan with { Steps = Plan.Steps.SetItem(1, Plan.Steps[2]).SetItem(2, Plan.Steps[1]) },
            "unknown chunk" => SetLoad(loading, position, load with { Chunk = Problem.Chunks.Length }),
            "negative chunk" => SetLoad(loading, position, load with { Chunk = -1 }),
            "load dropped" => DropLoad(loading, position),
            "load after use" => With(DropLoad(loading, position), use + 1, s => s with { Loads = s.Loads.Add(load) }),
            "load later" => With(DropLoad(loading, position), loading + 1, s => s with { Loads = s.Loads.Add(load) }),
            "load earlier" => With(DropLoad(loading, position), loading - 1, s => s with { Loads = s.Loads.Add(load) }),
            "load twice" => With(Plan, loading, s => s with { Loads = s.Loads.Add(load) }),
            "offset misaligned" => SetLoad(loading, position, load with { Offset = load.Offset + 64 }),
            "offset beyond arena" => SetLoad(loading, position, load with { Offset = Plan.UnifiedArenaBytes }),
            "offset negative" => SetLoad(loading, position, load with { Offset = -4096 }),
            "offset on a neighbour" => SetLoad(loading, position, load with { Offset = LiveNeighbour(loading, load) }),
            "offset on a retained chunk" => SetLoad(
                loading, position, load with { Offset = Plan.Preloaded.First(p => p.Chunk == retained).Offset }),
            "release too early" => MoveRelease(load.Chunk, use, use - 1),
            "release later" => MoveRelease(load.Chunk, use, use + 1),
            "release dropped" => With(Plan, use, s => s with { Releases = s.Releases.Remove(load.Chunk) }),
            "release twice" => With(Plan, use, s => s with { Releases = [.. s.Releases.Add(load.Chunk).Order()] }),
            "release of a retained chunk" => With(Plan, use, s => s with { Releases = [.. s.Releases.Add(retained).Order()] }),
            "release of an absent chunk" => With(Plan, use + 1, s => s with { Releases = [.. s.Releases.Add(load.Chunk).Order()] }),
            "retained forgotten" => Plan with { Retained = Plan.Retained.RemoveAt(0) },
            "retained added" => Plan with { Retained = [.. Plan.Retained.Add(load.Chunk).Order()] },
            "retained unsorted" => Plan with { Retained = [.. Plan.Retained.Reverse()] },
            "retained unknown" => Plan with { Retained = Plan.Retained.Add(Problem.Chunks.Length) },
            "resident bytes" => With(Plan, 3, s => s with { Resident = s.Resident with { Unified = s.Resident.Unified + 1 } }),
            "moves on zero copy" => With(Plan, 3, s => s with { Moves = [new ChunkMove(0, 0, 1, 0, MoveMode.InKernel)] }),
            "time backwards" => With(Plan, 3, s => s with { EndMs = s.StartMs - 1 }),
            "time not a number" => Plan with { RunMs = double.NaN },
            _ => throw new ArgumentOutOfRangeException(nameof(mutation), mutation, null),
        };
    }

    private static ChunkLoad? FirstStreamed(int t) =>
        Plan.Steps[t].Loads.Where(load => !Plan.Retained.Contains(load.Chunk)).Select(load => (ChunkLoad?)load).FirstOrDefault();

    private static int LastUse(int chunk) => Problem.Chunks[chunk].LastStep;

    private static long LiveNeighbour(int step, ChunkLoad load) => Plan.Steps.Take(step + 1).SelectMany(s => s.Loads)
        .Last(other => other.Chunk != load.Chunk && LastUse(other.Chunk) >= step && !Plan.Retained.Contains(other.Chunk)).Offset;

    private static OverlapPlan MoveRelease(int chunk, int from, int to) => With(
        With(Plan, from, s => s with { Releases = s.Releases.Remove(chunk) }),
        to,
        s => s with { Releases = [.. s.Releases.Add(chunk).Order()] });

    private static OverlapPlan DropLoad(int t, int position) => With(Plan, t, s => s with { Loads = s.Loads.RemoveAt(position) });

    private static OverlapPlan SetLoad(int t, int position, ChunkLoad load) =>
        With(Plan, t, s => s with { Loads = s.Loads.SetItem(position, load) });

    private static OverlapPlan With(OverlapPlan plan, int t, Func<PlanStep, PlanStep> change) =>
        plan with { Steps = plan.Steps.SetItem(t, change(plan.Steps[t])) };
}
