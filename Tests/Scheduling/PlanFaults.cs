using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;

namespace FlashMem.Tests.Scheduling;

/// <summary>A plan with one fault, the problem it is to be held against, and the violation that must be found.</summary>
internal sealed record PlanFault(OverlapPlan Plan, PlanProblem Problem, ViolationKind Kind, int Step, int Chunk)
{
    public bool IsFound => PlanVerifier.Verify(Plan, Problem).Any(violation =>
        violation.Kind == Kind && (Step < 0 || violation.Step == Step) && (Chunk < 0 || violation.Chunk == Chunk));
}

/// <summary>Every way to spoil a valid plan by one fault of a kind.</summary>
internal static class PlanFaults
{
    /// <summary>One load left out.</summary>
    public static IEnumerable<PlanFault> Missing(OverlapPlan plan, PlanProblem problem) =>
        Loads(plan).Select(load => new PlanFault(
            Without(plan, load), problem, ViolationKind.NotResident, FirstUse(problem, load.Chunk, load.Step), load.Chunk));

    /// <summary>One load after the step that uses its chunk or moves it; one move after the step that uses its chunks.</summary>
    public static IEnumerable<PlanFault> TooLate(OverlapPlan plan, PlanProblem problem)
    {
        foreach (LoadAt load in Loads(plan))
        {
            int use = FirstUse(problem, load.Chunk, load.Step);
            int needed = problem.ZeroCopy ? use : MoveStep(plan, load.Chunk, load.Step);
            if (needed + 1 < plan.Steps.Length)
            {
                OverlapPlan late = With(Without(plan, load), needed + 1, step => step with { Loads = step.Loads.Add(load.Load) });
                yield return new PlanFault(late, problem, ViolationKind.NotResident, use, load.Chunk);
            }
        }

        foreach ((int t, ChunkMove move) in Moves(plan))
        {
            int use = FirstUse(problem, move.FirstChunk, t);
            if (use + 1 < plan.Steps.Length)
            {
                OverlapPlan early = With(plan, t, step => step with { Moves = step.Moves.Remove(move) });
                OverlapPlan late = With(early, use + 1, step => step with { Moves = step.Moves.Add(move) });
                yield return new PlanFault(late, problem, ViolationKind.NotResident, use, move.FirstChunk);
            }
        }
    }

    /// <summary>One kernel that carries a byte more than it can.</summary>
    public static IEnumerable<PlanFault> OverCapacity(OverlapPlan plan, PlanProblem problem)
    {
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            long carried = plan.Steps[t].Moves.Where(move => move.Mode == MoveMode.InKernel)
                .Sum(move => Enumerable.Range(move.FirstChunk, move.Count).Sum(chunk => problem.Chunks[chunk].Bytes));
            if (carried > 0)
            {
                ProblemStep less = problem.Steps[t] with { LoadCapacityBytes = carried - 1 };
                yield return new PlanFault(
                    plan, problem with { Steps = problem.Steps.SetItem(t, less) }, ViolationKind.Moves, t, -1);
            }
        }
    }

    /// <summary>An arena that breaks the budget, and a budget one byte below what the plan takes.</summary>
    public static IEnumerable<PlanFault> OverBudget(OverlapPlan plan, PlanProblem problem)
    {
        long more = (problem.BudgetBytes!.Value - plan.PeakBytes + 4096) / 4096 * 4096;
        yield return Memory(plan with { UnifiedArenaBytes = plan.UnifiedArenaBytes + more }, problem);
        yield return Memory(plan with { BudgetBytes = plan.PeakBytes - 1 }, problem with { BudgetBytes = plan.PeakBytes - 1 });
        if (!problem.ZeroCopy)
        {
            yield return Memory(plan with { TextureArenaBytes = plan.TextureArenaBytes + more }, problem);
            yield return Memory(plan with { TableArenaBytes = plan.TableArenaBytes + more }, problem);
        }
    }

    /// <summary>One release a step earlier: the step that needs the chunk finds it gone, or there is nothing to release yet.</summary>
    public static IEnumerable<PlanFault> ReleasedEarly(OverlapPlan plan, PlanProblem problem)
    {
        for (int t = 1; t < plan.Steps.Length; t++)
        {
            foreach (int chunk in plan.Steps[t].Releases)
            {
                OverlapPlan kept = With(plan, t, step => step with { Releases = step.Releases.Remove(chunk) });
                OverlapPlan early = With(kept, t - 1, step => step with { Releases = [.. step.Releases.Add(chunk).Order()] });
                yield return IsResident(plan, problem, chunk, t - 1)
                    ? new PlanFault(early, problem, ViolationKind.NotResident, t, chunk)
                    : new PlanFault(early, problem, ViolationKind.Release, t - 1, chunk);
            }
        }
    }

    private static PlanFault Memory(OverlapPlan plan, PlanProblem problem) => new(plan, problem, ViolationKind.Memory, -1, -1);

    /// <summary>The chunk's residency that ends with the next step begins by this one.</summary>
    private static bool IsResident(OverlapPlan plan, PlanProblem problem, int chunk, int step)
    {
        int begins = problem.ZeroCopy
            ? Loads(plan).Where(load => load.Chunk == chunk && load.Step <= step + 1).Max(load => load.Step)
            : Moves(plan).Where(move => Has(move.Move, chunk) && move.Step <= step + 1).Max(move => move.Step);
        return begins <= step;
    }

    private static int FirstUse(PlanProblem problem, int chunk, int from) => problem.Chunks[chunk].Uses.First(use => use >= from);

    private static int MoveStep(OverlapPlan plan, int chunk, int from) =>
        Moves(plan).First(move => Has(move.Move, chunk) && move.Step >= from).Step;

    private static bool Has(ChunkMove move, int chunk) => chunk >= move.FirstChunk && chunk < move.FirstChunk + move.Count;

    private static IEnumerable<(int Step, ChunkMove Move)> Moves(OverlapPlan plan) =>
        plan.Steps.SelectMany((step, t) => step.Moves.Select(move => (t, move)));

    private static IEnumerable<LoadAt> Loads(OverlapPlan plan) =>
        plan.Preloaded.Select((load, i) => new LoadAt(load, 0, i, IsPreloaded: true)).Concat(
            plan.Steps.SelectMany((step, t) => step.Loads.Select((load, i) => new LoadAt(load, t, i, IsPreloaded: false))));

    private static OverlapPlan Without(OverlapPlan plan, LoadAt load) => load.IsPreloaded
        ? plan with { Preloaded = plan.Preloaded.RemoveAt(load.Position) }
        : With(plan, load.Step, step => step with { Loads = step.Loads.RemoveAt(load.Position) });

    private static OverlapPlan With(OverlapPlan plan, int t, Func<PlanStep, PlanStep> change) =>
        plan with { Steps = plan.Steps.SetItem(t, change(plan.Steps[t])) };

    /// <summary>A load and where the plan lists it.</summary>
    private readonly record struct LoadAt(ChunkLoad Load, int Step, int Position, bool IsPreloaded)
    {
        public int Chunk => Load.Chunk;
    }
}
