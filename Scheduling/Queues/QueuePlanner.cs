using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Plans a queue of requests to several models under one budget. Requests to one model that follow each other are one visit. With handover
/// under the tail all models share pools; a model's first loads go where the model before it needs its memory no more. Pure; the result has
/// passed <see cref="QueueVerifier"/>.
/// </summary>
public static class QueuePlanner
{
    /// <param name="models">The models that requests name.</param>
    /// <param name="requests">Indices of models in the order of the queue; not empty.</param>
    /// <param name="options">Budget, solver, handover.</param>
    /// <exception cref="Abstractions.Errors.BudgetException">The budget cannot work for some model, which it names.</exception>
    public static QueuePlan Plan(IReadOnlyList<QueueModel> models, IReadOnlyList<int> requests, QueueOptions options)
    {
        // Every model must work alone; where one does not, its own refusal says why.
        PlanProblem[] alone = [.. models.Select(model => model.Pose(options.BudgetBytes))];
        (int Model, int First, int Count)[] groups = [.. Groups(requests)];
        bool[] repeats = [.. models.Select((_, model) => groups.Any(group => group.Model == model && group.Count > 1))];
        QueuePlan plan = Pooled(models, alone, groups, repeats, options, out string? reason)
            ?? Separate(alone, groups, repeats, options, reason);
        QueueVerifier.Require(plan, options.BudgetBytes);
        return plan;
    }

    private static IEnumerable<(int Model, int First, int Count)> Groups(IReadOnlyList<int> requests)
    {
        for (int start = 0; start < requests.Count;)
        {
            int end = start;
            while (end < requests.Count && requests[end] == requests[start])
            {
                end++;
            }

            yield return (requests[start], start, end - start);
            start = end;
        }
    }

    private static QueuePlan? Pooled(
        IReadOnlyList<QueueModel> models,
        PlanProblem[] alone,
        (int Model, int First, int Count)[] groups,
        bool[] repeats,
        QueueOptions options,
        out string? reason)
    {
        reason = null;
        if (options.Handover == HandoverMode.None)
        {
            return null;
        }

        reason = options.BudgetBytes is null ? "there is no budget"
            : alone.FirstOrDefault(problem => problem.Policy != PlanPolicy.Overlap) is { } other ? $"policy {other.Policy.Name()} has none"
            : null;
        if (reason is not null || new PoolFit(models, repeats, options).Fit(out reason) is not { } fit)
        {
            return null;
        }

        var visits = ImmutableArray.CreateBuilder<QueueVisit>(groups.Length);
        var placer = new VisitPlacer(fit.Pools);
        foreach ((int model, int first, int count) in groups)
        {
            var visit = new QueueVisit { Model = model, FirstRequest = first, Requests = count, Planned = fit.Plans[model].For(count) };
            visits.Add(visits.Count == 0 ? placer.First(visit) : placer.Place(visit, visits[^1]));
        }

        return new QueuePlan { Handover = HandoverMode.Tail, Pools = fit.Pools, Visits = visits.MoveToImmutable() };
    }

    private static QueuePlan Separate(
        PlanProblem[] alone, (int Model, int First, int Count)[] groups, bool[] repeats, QueueOptions options, string? reason)
    {
        QueuedModelPlans[] plans = [.. alone.Select((problem, model) => new QueuedModelPlans(problem, options.Solver, repeats[model]))];
        return new QueuePlan
        {
            Handover = HandoverMode.None,
            Visits =
            [
                .. groups.Select(group => new QueueVisit
                {
                    Model = group.Model, FirstRequest = group.First, Requests = group.Count, Planned = plans[group.Model].For(group.Count),
                }),
            ],
            Notes = reason is null ? [] : [$"no handover under the tail: {reason}"],
        };
    }
}
