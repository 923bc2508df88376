namespace FlashMem.Scheduling.Queues;

/// <summary>What a queue is planned for.</summary>
public sealed record QueueOptions
{
    /// <summary>Bytes that all models may take together; null for no limit.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Planner of visits of several requests, as <c>--solver</c> names it; fast by default.</summary>
    public string Solver { get; init; } = "fast";

    /// <summary>How memory passes from model to model; under the tail by default.</summary>
    public HandoverMode Handover { get; init; } = HandoverMode.Tail;
}
