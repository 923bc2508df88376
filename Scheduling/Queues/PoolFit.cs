using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Shares a budget among pools that hold each model of a queue in turn, and the start of the next one beside it. Every model is planned for
/// what the pools leave it: the pools are as large as the largest part of any model, so together they can pass the budget although no
/// model does; then all models are planned for that much less, until the pools fit.
/// </summary>
internal sealed class PoolFit
{
    private const int MostRounds = 10;

    private readonly IReadOnlyList<QueueModel> models;
    private readonly bool[] repeats;
    private readonly QueueOptions options;

    /// <param name="models">The models.</param>
    /// <param name="repeats">By model: some visit has several requests.</param>
    /// <param name="options">Budget and solver; the budget is not null.</param>
    public PoolFit(IReadOnlyList<QueueModel> models, bool[] repeats, QueueOptions options)
    {
        this.models = models;
        this.repeats = repeats;
        this.options = options;
    }

    /// <summary>The pools and every model's plans within them; null, with the reason, where the budget has no room for pools.</summary>
    public (PoolBytes Pools, QueuedModelPlans[] Plans)? Fit(out string? reason)
    {
        long budget = options.BudgetBytes!.Value;
        long each = Alignment.Down(budget, Alignment.Block);
        var plans = new QueuedModelPlans?[models.Count];
        for (int round = 0; round < MostRounds; round++)
        {
            for (int i = 0; i < models.Count; i++)
            {
                PlanProblem problem;
                try
                {
                    problem = models[i].Pose(each);
                }
                catch (BudgetException error)
                {
                    reason = $"{models[i].Name} needs {error.SmallestBytes} bytes of {budget}, pools for all models would leave it {each}";
                    return null;
                }

                // Less is the same where everything fits anyway.
                plans[i] = plans[i] is { } made && made.Problem.EverythingFits && problem.ArenaCapacity == made.Problem.ArenaCapacity
                    ? made : new QueuedModelPlans(problem, options.Solver, repeats[i]);
            }

            PoolBytes pools = Needed(plans.SelectMany(each => each!.All));
            if (pools.Total <= budget)
            {
                reason = null;
                QueuedModelPlans[] fitting = [.. plans.Select(each => each!)];
                return (Enlarged(pools, fitting, budget), fitting);
            }

            each -= Alignment.Up(pools.Total - budget, Alignment.Block);
        }

        reason = $"pools for all models did not fit {budget} bytes in {MostRounds} rounds";
        return null;
    }

    /// <summary>Room for the largest of every part, for parameters and tables twice.</summary>
    private static PoolBytes Needed(IEnumerable<QueuedPlan> plans)
    {
        long unified = 0, texture = 0, activation = 0, workspace = 0, zone = 0, rows = 0;
        bool zeroCopy = true;
        foreach ((PlanProblem problem, Plans.OverlapPlan plan) in plans)
        {
            zeroCopy = problem.ZeroCopy;
            unified = Math.Max(unified, plan.UnifiedArenaBytes);
            rows = Math.Max(rows, plan.RowStagingBytes);
            texture = Math.Max(texture, plan.TextureArenaBytes);
            activation = Math.Max(activation, plan.ActivationBytes);
            workspace = Math.Max(workspace, plan.WorkspaceBytes);
            zone = Math.Max(zone, plan.ParametersBytes + plan.TableArenaBytes);
        }

        return zeroCopy
            ? new PoolBytes(unified + (2 * zone), texture, activation, workspace, zone, rows)
            : new PoolBytes(unified + rows, texture, activation + (2 * zone), workspace, zone, rows);
    }

    /// <summary>What the budget has left goes to weights, as far as the two largest models can use it side by side.</summary>
    private static PoolBytes Enlarged(PoolBytes pools, QueuedModelPlans[] plans, long budget)
    {
        bool zeroCopy = plans[0].Problem.ZeroCopy;
        long useful = plans.Select(model => model.All.Max(each => zeroCopy ? each.Plan.UnifiedArenaBytes : each.Plan.TextureArenaBytes))
            .OrderDescending().Take(2).Sum() + (zeroCopy ? 2 * pools.Zone : 0);
        long spare = Alignment.Down(budget - pools.Total, Alignment.Block);
        return zeroCopy
            ? pools with { Unified = Math.Max(pools.Unified, Math.Min(useful, pools.Unified + spare)) }
            : pools with { Texture = Math.Max(pools.Texture, Math.Min(useful, pools.Texture + spare)) };
    }
}
