using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>
/// Serves the requests of a queue one after the other. A visit's executor is made while the visit before it issues its last run, so that it
/// can load ahead; without a handover when that one's memory is free.
/// </summary>
internal sealed class QueueRun
{
    private readonly IDevice device;
    private readonly QueuePlan plan;
    private readonly IReadOnlyList<QueuedModel> models;
    private readonly QueuePools? pools;
    private readonly MemoryBudget budget;
    private PlanExecutor? ahead;

    /// <param name="device">Where it runs.</param>
    /// <param name="plan">The queue's plan.</param>
    /// <param name="models">By the indices that the plan uses.</param>
    /// <param name="pools">The plan's pools; null where it has none.</param>
    /// <param name="budget">Where visits without pools take their memory.</param>
    public QueueRun(IDevice device, QueuePlan plan, IReadOnlyList<QueuedModel> models, QueuePools? pools, MemoryBudget budget)
    {
        this.device = device;
        this.plan = plan;
        this.models = models;
        this.pools = pools;
        this.budget = budget;
    }

    /// <summary>Label prefix of a visit's reads and copies.</summary>
    public static string PrefixOf(QueueVisit visit, string model) => $"{visit.FirstRequest} {model}: ";

    /// <summary>Runs the whole queue. When a request fails, nothing of it or of later ones is left in flight.</summary>
    /// <param name="inputs">By index of the model.</param>
    /// <param name="completed">Told of every request, in order.</param>
    /// <param name="cancellationToken">What is in progress ends, the rest does not start.</param>
    public async Task RunAsync(
        IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs, Action<CompletedRequest> completed, CancellationToken cancellationToken)
    {
        for (int i = 0; i < plan.Visits.Length; i++)
        {
            QueueVisit visit = plan.Visits[i];
            QueueVisit? next = i + 1 < plan.Visits.Length ? plan.Visits[i + 1] : null;
            using PlanExecutor executor = ahead ?? Open(visit);
            ahead = null;
            for (int r = 0; r < visit.Requests; r++)
            {
                bool hands = r == visit.Requests - 1 && next is { Handover.IsEmpty: false };
                Action<int>? turn = hands ? step => LoadAhead(next!, step, executor) : null;
                DeviceTime start = device.Now;
                try
                {
                    ExecutionResult result = await executor
                        .RunAsync(inputs[visit.Model], RunPorts.None, turn, cancellationToken).ConfigureAwait(false);
                    completed(new CompletedRequest(visit.FirstRequest + r, models[visit.Model].Name, result.Outputs)
                    {
                        Start = start, End = device.Now, StorageBytes = result.StorageBytes,
                    });
                }
                catch (Exception error)
                {
                    if (executor.IsLoadingAhead)
                    {
                        // It was refused before it began.
                        await executor.AbandonAsync(error).ConfigureAwait(false);
                    }

                    await AbandonAsync(error).ConfigureAwait(false);
                    if (error is RunFailedException)
                    {
                        throw new RunFailedException(
                            $"request {visit.FirstRequest + r}, {models[visit.Model].Name}: {error.Message}", error);
                    }

                    throw;
                }
            }
        }
    }

    private PlanExecutor Open(QueueVisit visit) =>
        models[visit.Model].Open(visit, PrefixOf(visit, models[visit.Model].Name), pools, budget);

    private void LoadAhead(QueueVisit next, int turn, PlanExecutor running)
    {
        Handover handover = next.Handover;
        if (turn >= handover.Parameters.Turn)
        {
            ahead ??= Open(next);
            ahead.LoadAhead(handover, turn, running);
        }
    }

    private async Task AbandonAsync(Exception cause)
    {
        if (ahead is not null)
        {
            await ahead.AbandonAsync(cause).ConfigureAwait(false);
            ahead.Dispose();
            ahead = null;
        }
    }
}
