using System.Collections.Immutable;
using System.Globalization;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Fusion;

/// <summary>
/// Decides fusion together with the plan (FlashMem paper, section 4.3): where kernels move chunks and cannot carry all of them, fused
/// kernels are ranked by their penalty, those whose parts carry more are split, and the problem is solved again. A split stays only if the
/// plan is better for it, so no plan is worse than that of the graph as it was fused.
/// </summary>
/// <param name="graph">The graph as it was fused.</param>
/// <param name="pose">The problem of <paramref name="graph"/> with some kernels split.</param>
/// <param name="plan">Makes a verified plan.</param>
/// <param name="options">Figures of the search.</param>
internal sealed class AdaptiveFusion(
    KernelGraph graph, Func<SplitGraph, PlanProblem> pose, Func<PlanProblem, OverlapPlan> plan, FusionOptions options)
{
    private int tried;

    /// <summary>The best plan found; <see cref="OverlapPlan.SplitKernels"/> says which kernels it wants split.</summary>
    /// <param name="fused">Problem of the graph as it was fused.</param>
    public PlannedFusion Search(PlanProblem fused)
    {
        var first = new PlannedFusion(SplitGraph.Whole(graph), fused, plan(fused));
        PlannedFusion best = first;
        for (int round = 0; round < options.MostRounds && fused.MoveMode == MoveMode.InKernel; round++)
        {
            var penalty = new FusionPenalty(best.Plan, best.Problem, options);
            if (penalty.NotCarriedBytes == 0
                || penalty.MovesMs < options.LeastGain * best.Plan.RunMs
                || Improve(best, Candidates(best, penalty)) is not { } better)
            {
                break;
            }

            best = better;
        }

        return tried == 0 ? first : best with { Plan = best.Plan with { Notes = best.Plan.Notes.Add(Note(first.Plan, best.Plan)) } };
    }

    /// <summary>The best of splitting all candidates, the worse half of them, a quarter and so on; null when none is better.</summary>
    private PlannedFusion? Improve(PlannedFusion current, ImmutableArray<int> candidates)
    {
        PlannedFusion? best = null;
        for (int count = candidates.Length; count > 0; count /= 2)
        {
            ImmutableArray<int> split = [.. current.Plan.SplitKernels.Concat(candidates.Take(count)).Order()];
            if (Pose(split) is not { } posed)
            {
                continue;
            }

            tried++;
            var planned = new PlannedFusion(posed.Graph, posed.Problem, plan(posed.Problem));
            double limit = Objective((best ?? current).Plan) * (best is null ? 1 - options.LeastGain : 1);
            best = Objective(planned.Plan) < limit ? planned : best;
        }

        return best;
    }

    /// <summary>Kernels whose parts carry more, by falling penalty.</summary>
    private ImmutableArray<int> Candidates(PlannedFusion current, FusionPenalty penalty)
    {
        var penalties = new SortedDictionary<int, double>();
        var capacities = Capacities(current.Graph, current.Problem);
        foreach (ProblemStep step in current.Problem.Steps)
        {
            int origin = current.Graph.Origins[step.Kernel];
            if (EpilogueSplit.IsPossible(graph.Kernels[origin]) && !current.Plan.SplitKernels.Contains(origin))
            {
                penalties[origin] = penalties.GetValueOrDefault(origin) + penalty[step.Index];
            }
        }

        return
        [
            .. penalties.Where(kernel => kernel.Value > 0)
                .OrderByDescending(kernel => kernel.Value).ThenBy(kernel => kernel.Key)
                .Take(options.MostCandidates)
                .Select(kernel => kernel.Key)
                .Where(kernel => PartsCapacity(current, kernel) > (1 + options.CapacityGain) * capacities.GetValueOrDefault(kernel)),
        ];
    }

    private long PartsCapacity(PlannedFusion current, int kernel) =>
        Pose([.. current.Plan.SplitKernels.Append(kernel).Order()]) is { } posed
            ? Capacities(posed.Graph, posed.Problem)[kernel]
            : 0;

    /// <summary>Bytes that all steps of a kernel of the fused graph can carry, by its index.</summary>
    private static Dictionary<int, long> Capacities(SplitGraph split, PlanProblem problem)
    {
        var capacities = new Dictionary<int, long>();
        foreach (ProblemStep step in problem.Steps)
        {
            int origin = split.Origins[step.Kernel];
            capacities[origin] = capacities.GetValueOrDefault(origin) + step.LoadCapacityBytes;
        }

        return capacities;
    }

    /// <summary>Null when the budget does not hold the results that splitting stores.</summary>
    private Posed? Pose(ImmutableArray<int> split)
    {
        try
        {
            SplitGraph parts = EpilogueSplit.Apply(graph, split);
            return new Posed(parts, pose(parts));
        }
        catch (BudgetException)
        {
            return null;
        }
    }

    private static double Objective(OverlapPlan plan) => plan.Objective ?? plan.RunMs;

    private string Note(OverlapPlan before, OverlapPlan after) => string.Create(
        CultureInfo.InvariantCulture,
        $"adaptive fusion: {tried} re-solves, {after.SplitKernels.Length} fused kernels split, repeated run {after.RunMs:0.###} ms "
        + $"({before.RunMs:0.###} ms as fused)");

    private sealed record Posed(SplitGraph Graph, PlanProblem Problem);
}
