using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Tests.Scheduling.Queues;

/// <summary>Random queues over random graphs: three models, up to ten requests, a budget from what the hungriest needs up.</summary>
internal sealed class QueuePlans
{
    private const int Models = 3;

    private readonly KernelGraph[] graphs;
    private readonly DeviceCapabilities capabilities;

    public QueuePlans(int seed, bool textures)
    {
        capabilities = textures ? Problems.Textures : Problems.Capabilities;
        graphs =
        [
            .. Enumerable.Range(0, Models).Select(i => GraphRecipe.Build(
                Enumerable.Range(0, 4 + ((seed >> i) & 15)).Select(kernel => unchecked((seed * 31) + (i * 1000) + kernel)), $"model{i}")),
        ];
        var random = new Random(seed);
        Requests = [.. Enumerable.Range(0, 2 + random.Next(9)).Select(_ => random.Next(Models))];
    }

    public int[] Requests { get; }

    /// <summary>The smallest budget with which every model works alone.</summary>
    public long Floor => graphs.Max(graph => Problems.Floor(graph, PlanPolicy.Overlap, capabilities: capabilities));

    /// <summary>A budget that holds every model whole, and two of them side by side.</summary>
    public long Full => 3 * graphs.Max(graph => Problems.Floor(graph, PlanPolicy.Preload, capabilities: capabilities));

    /// <summary>A budget between the floor (0) and everything (1).</summary>
    public long Budget(double share) => Floor + (long)((Full - Floor) * share);

    public PlanProblem Pose(int model, long? budget, PlanPolicy policy = PlanPolicy.Overlap) =>
        Problems.Create(graphs[model], policy, budget, capabilities: capabilities);

    public QueuePlan Plan(
        long? budget, HandoverMode handover = HandoverMode.Tail, PlanPolicy policy = PlanPolicy.Overlap) => QueuePlanner.Plan(
        [.. Enumerable.Range(0, Models).Select(model => new QueueModel($"model{model}", bytes => Pose(model, bytes, policy)))],
        Requests,
        new QueueOptions { BudgetBytes = budget, Handover = handover });
}
