using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Queues;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Queues;

/// <summary>
/// A queue on a <see cref="CheckingDevice"/>, which knows one synthetic model: two models of the queue are that same one, which makes no
/// difference to a device that sees every byte out of place.
/// </summary>
internal sealed class QueueHarness : IDisposable
{
    private const int Models = 2;

    private readonly SyntheticModel model;
    private readonly MemoryBudget budget;
    private readonly QueuePools? pools;
    private readonly QueuedModel[] models;

    public QueueHarness(int seed, double budgetShare, bool zeroCopy, MoveMode moveMode = MoveMode.CopyQueue, int requests = 6)
    {
        model = new SyntheticModel(seed, 4 + (seed & 15));
        Device = new CheckingDevice(seed, model, workspaceBytes: 8192, zeroCopy);
        ActivationLayout activations = ActivationLayout.Compute(model.Graph);
        long floor = BudgetFloor.Bytes(model.Graph, model.Layout, activations, Device.Capabilities, PlanPolicy.Overlap);
        long all = BudgetFloor.Bytes(model.Graph, model.Layout, activations, Device.Capabilities, PlanPolicy.Preload);
        BudgetBytes = floor + (long)(2 * all * budgetShare);
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, requests).Select(_ => random.Next(Models))];
        PlanProblem Pose(long? bytes) => PlanProblem.Create(
            model.Graph, model.Layout, activations, Device.Spec, Device.Capabilities,
            new PlanOptions { BudgetBytes = bytes, TargetChunkBytes = model.Layout.TargetChunkBytes, MoveMode = moveMode });
        Plan = QueuePlanner.Plan(
            [.. Enumerable.Range(0, Models).Select(i => new QueueModel($"model{i}", Pose))],
            order,
            new QueueOptions { BudgetBytes = BudgetBytes });
        models =
        [
            .. Enumerable.Range(0, Models).Select(_ => new QueuedModel(model.Streamed, Device, Device.Reader, ChecksumPolicy.EveryRead)),
        ];
        foreach (QueueVisit visit in Plan.Visits)
        {
            models[visit.Model].Prepare(visit.Plan);
        }

        budget = new MemoryBudget(Device, BudgetBytes);
        pools = Plan.Pools is { } bytes ? new QueuePools(bytes, ElementType.Float16, budget) : null;
    }

    public CheckingDevice Device { get; }

    public long BudgetBytes { get; }

    public long PeakBytes => budget.PeakBytes;

    public QueuePlan Plan { get; }

    /// <summary>Serves all requests and compares every output byte with the straight computation; returns how many were served.</summary>
    public async Task<int> RunAndCompareAsync(Action<int>? served = null, CancellationToken cancellationToken = default)
    {
        Dictionary<string, Tensor>[] inputs = [.. Enumerable.Range(0, Models).Select(model.Inputs)];
        int count = 0;
        await new QueueRun(Device, Plan, models, pools, budget).RunAsync(
            inputs,
            request =>
            {
                QueueVisit visit = Plan.Visits.Last(visit => visit.FirstRequest <= request.Index);
                foreach ((string name, byte[] expected) in model.Expected(inputs[visit.Model]))
                {
                    Assert.Equal(expected, request.Outputs[name].Bytes.ToArray());
                }

                Assert.Equal(count++, request.Index);
                served?.Invoke(count);
            },
            cancellationToken);
        return count;
    }

    public void Dispose()
    {
        pools?.Dispose();
        budget.Dispose();
        Assert.Equal(0, Device.AllocatedBytes);
    }
}
